/**
 * Benchmarks in one process, on JMH: {@link io.pvlock.tests.bench.UncontendedBench} and its report. Figures are ratios to the
 * floor of the same run; scripts in {@code tests/bench} start them.
 */
package io.pvlock.tests.bench;
