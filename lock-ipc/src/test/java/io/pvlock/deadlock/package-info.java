/** Circles of owners and waiters, and the order of locks that avoids them. */
package io.pvlock.deadlock;
