/** pvlock as a foreign program meets it: its jars on a class path or module path, no flag, and nobody who reads documents. */
package io.pvlock.embedding;
