package io.pvlock.kit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Method;
import java.util.concurrent.ThreadFactory;

/** Threads of the JDK that runs the test, which may be newer than the one that compiles it. */
public final class Threads {

    private Threads() {}

    /** Makes virtual threads; the test is skipped where there are none. */
    public static ThreadFactory virtual() {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads came with JDK 21");
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Method factory = Class.forName("java.lang.Thread$Builder").getMethod("factory");
            return (ThreadFactory) factory.invoke(builder);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
