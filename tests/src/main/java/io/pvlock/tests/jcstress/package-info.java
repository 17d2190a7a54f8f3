/**
 * The labelled pairs of {@link io.pvlock.core.PvQSpinLock}'s ordering table, and of sequences, under jcstress, in threes: {@code Model}, the pair
 * alone on a buffer; {@code Actual}, the shipped code; {@code Weakened}, the model with the order taken out, which must fail.
 * jcstress finds the tests by its own list; {@code JcstressIT} runs them briefly in each build.
 */
package io.pvlock.tests.jcstress;
