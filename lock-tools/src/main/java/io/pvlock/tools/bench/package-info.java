/**
 * Measures locks side by side: every participant a process of its own, ours and what people would use instead, in the same run.
 * For the bench command and for the long form in the tests, which adds contenders through {@link
 * io.pvlock.tools.bench.ContenderProvider}. Entry type: {@link io.pvlock.tools.bench.Bench}.
 */
package io.pvlock.tools.bench;
