package io.pvlock.tools.bench.figure;

import java.util.Optional;
import java.util.concurrent.ThreadFactory;

/** Virtual threads of a JDK that may be newer than the one this was compiled for. */
final class VirtualThreads {

    private VirtualThreads() {}

    /** Empty where there are none. */
    static Optional<ThreadFactory> factory() {
        if (Runtime.version().feature() < 21) {
            return Optional.empty();
        }
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            return Optional.of((ThreadFactory) Class.forName("java.lang.Thread$Builder")
                    .getMethod("factory")
                    .invoke(builder));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
