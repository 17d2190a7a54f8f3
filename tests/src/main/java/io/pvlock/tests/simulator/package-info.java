/**
 * More processors than there are here: the locks of lock-core, unchanged, on simulated processors with caches, a scheduler and a
 * clock. {@link io.pvlock.tests.simulator.Machine} runs threads, {@link io.pvlock.tests.simulator.Contest} lets them contend, {@link
 * io.pvlock.tests.simulator.SimulatorReport} makes the curves of docs/simulator.md.
 */
package io.pvlock.tests.simulator;
