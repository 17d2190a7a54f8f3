package io.pvlock.core.testing;

import io.pvlock.core.Liveness;
import io.pvlock.core.Parker;
import io.pvlock.core.PvQSpinLock;

/**
 * Whose paravirt lock the tests try: Java's, unless the system property {@code pvlock.test.implementation} names a class that
 * has another one. So one set of tests says what both must do.
 */
public interface Implementation {

    /** The lock on the slots and the hash of {@code memory}. */
    ParavirtLock lock(HeapMemory memory, Parker parker, Liveness liveness);

    /** Whether it works on a Java array, too; else all memory is at an address. */
    boolean takesArrays();

    /** Whether what is called in the middle of a wait may throw, so that the attempt ends by it. */
    boolean letsThrow();

    /** The one that this JVM tests. */
    static Implementation current() {
        return Current.INSTANCE;
    }

    /** Found once. */
    final class Current {
        private static final Implementation INSTANCE = load(System.getProperty("pvlock.test.implementation", ""));

        private Current() {}

        private static Implementation load(String className) {
            if (className.isEmpty()) {
                return new Java();
            }
            try {
                return (Implementation)
                        Class.forName(className).getDeclaredConstructor().newInstance();
            } catch (ReflectiveOperationException e) {
                throw new AssertionError("pvlock.test.implementation=" + className, e);
            }
        }
    }

    /** Java's. */
    final class Java implements Implementation {
        @Override
        public ParavirtLock lock(HeapMemory memory, Parker parker, Liveness liveness) {
            return new JavaLock(new PvQSpinLock(memory.vcpus(), memory.hash(liveness), parker, liveness));
        }

        @Override
        public boolean takesArrays() {
            return true;
        }

        @Override
        public boolean letsThrow() {
            return true;
        }
    }
}
