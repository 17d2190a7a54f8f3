/**
 * Ties C to Java: writes the header of the layout, and runs the tests of lock-core over the lock in C. Nobody calls it; entry
 * type: {@link io.pvlock.nativec.CImplementation}, which those tests are told of.
 */
package io.pvlock.nativec;
