package io.pvlock.tests.kill;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a process of the matrix is written in; the test does not see a difference. */
enum Language {
    /** {@link KillWorker}. */
    JAVA,
    /** The same with virtual threads, but for those that are made to end. */
    VIRTUAL,
    /** The same, with the queue in C. */
    JAVA_QUEUE_IN_C,
    /** {@code native/c/test/actor.c}. */
    C;

    /** The program in C, as the module native/c builds it. */
    static final Path PROGRAM = Path.of("../native/c/target/c/test/actor");

    /** The queue in C for a JVM, with kill points, of the same build. */
    private static final Path QUEUE = Path.of("../native/c/target/c/libpvlock-jvm-hooks.so");

    /** Of a process in Java: the flags that make it one of this language. */
    List<String> flags() {
        return this == JAVA_QUEUE_IN_C
                ? List.of("-Dpvlock.slowpath=native", "-Dpvlock.slowpath.library=" + QUEUE.toAbsolutePath())
                : List.of();
    }

    /** Whether there are processes written in it: C is left out where there was no compiler, virtual threads where the JDK has none. */
    boolean isThere() {
        return switch (this) {
            case JAVA -> true;
            case VIRTUAL -> Runtime.version().feature() >= 21;
            case JAVA_QUEUE_IN_C -> Files.isReadable(QUEUE);
            case C -> Files.isExecutable(PROGRAM);
        };
    }
}
