/**
 * Kills users of locks, of this one and of others, and says who lost what. The command {@code scorecard} calls it; entry type:
 * {@link io.pvlock.tools.scorecard.Scorecard}. The locks are those of the bench, those in C in {@code victims.c}.
 */
package io.pvlock.tools.scorecard;
