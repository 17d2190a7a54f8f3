/**
 * The torture test: real processes that take the lock in every way there is while their parent kills and stops them, and the
 * checks that find what must not happen. For {@code pvlock torture}; entry type: {@link io.pvlock.tools.torture.Torture}.
 */
package io.pvlock.tools.torture;
