package io.pvlock.tests.kill;

import java.nio.file.Files;
import java.nio.file.Path;

/** What a process of the matrix is written in; the test does not see a difference. */
enum Language {
    /** {@link KillWorker}. */
    JAVA,
    /** The same with virtual threads, but for those that are made to end. */
    VIRTUAL,
    /** {@code native/c/test/actor.c}. */
    C;

    /** The program in C, as the module native/c builds it. */
    static final Path PROGRAM = Path.of("../native/c/target/c/test/actor");

    /** Whether there are processes written in it: C is left out where there was no compiler, virtual threads where the JDK has none. */
    boolean isThere() {
        return switch (this) {
            case JAVA -> true;
            case VIRTUAL -> Runtime.version().feature() >= 21;
            case C -> Files.isExecutable(PROGRAM);
        };
    }
}
