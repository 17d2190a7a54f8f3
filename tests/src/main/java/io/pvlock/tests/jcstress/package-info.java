/**
 * The labelled pairs of {@link io.pvlock.core.PvQSpinLock}'s ordering table under jcstress, in threes: {@code Model}, the pair
 * alone on a buffer; {@code Actual}, the shipped lock; {@code Weakened}, the model with the order taken out, which must fail.
 * jcstress finds the tests by its own list; {@code JcstressIT} runs them briefly in each build.
 */
package io.pvlock.tests.jcstress;
