/** Threads that end, and Errors that are thrown, at the worst moment: nothing is left half held, and the next one is told. */
package io.pvlock.death;
