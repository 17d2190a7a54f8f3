/**
 * The artifacts as a user has them: jars on the class path, on the module path and beside an image of jlink; and the example
 * projects, which take them by their coordinates. Nobody calls it; entry types: the tests.
 */
package io.pvlock.tests.artifacts;
