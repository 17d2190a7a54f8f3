/** What a build has left out, for its last lines. Entry: {@link io.pvlock.tests.skips.SkippedParts}. */
package io.pvlock.tests.skips;
