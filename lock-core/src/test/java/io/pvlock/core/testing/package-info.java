/**
 * What tests of the lock algorithms need in place of a mapped file, futexes and real deaths. Entry types: {@link
 * io.pvlock.core.testing.HeapMemory} for tests with threads, {@link io.pvlock.core.testing.StepDriver} for tests that say
 * which participant takes the next step.
 */
package io.pvlock.core.testing;
