/**
 * What the tests of all modules share and what needs no region: {@link io.pvlock.kit.ChildJvm} and {@link io.pvlock.kit.Command}
 * for other processes, {@link io.pvlock.kit.Team} for threads, {@link io.pvlock.kit.Await} for waits, {@link io.pvlock.kit.Seeds} for
 * chance. Whatever waits here has a watchdog, whatever was started here is ended.
 */
package io.pvlock.kit;
