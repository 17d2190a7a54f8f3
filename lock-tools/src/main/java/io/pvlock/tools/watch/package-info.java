/**
 * A region watched for long, by a process that is not in it. Called by {@code web} and {@code metrics}. Entry type:
 * {@link io.pvlock.tools.watch.RegionWatch}.
 */
package io.pvlock.tools.watch;
