/**
 * Tests with real processes: child JVMs that are told line by line what to do, and looked after whatever happens.
 * {@link io.pvlock.kit.ChildJvm} starts one, {@link io.pvlock.tests.process.Worker} is what runs in it.
 */
package io.pvlock.tests.process;
