package io.pvlock.tools.scorecard;

import io.pvlock.tools.bench.CPeers;
import io.pvlock.tools.bench.Contenders;
import java.util.List;
import java.util.Optional;

/**
 * A lock whose users are killed.
 *
 * @param name as in the bench, where it is there, too
 * @param description what it is
 */
public record Rival(String name, String description) {

    /** Whose promises are checked. */
    public static final Rival PVLOCK = new Rival("pvlock", "this lock");

    /** This one first, then those that a Java program can use, then those in C. */
    public static final List<Rival> ALL = List.of(
            PVLOCK,
            new Rival("file-lock", "FileChannel.lock(), which is fcntl(2)"),
            new Rival("chronicle-queue", "the append lock of Chronicle Queue, with its defaults"),
            new Rival("c-robust", "a robust pthread mutex of glibc"),
            new Rival("c-sysv", "a System V semaphore with SEM_UNDO"),
            new Rival("c-pthread", "a pthread mutex that is not robust"),
            new Rival("c-semaphore", "a POSIX semaphore"),
            new Rival("c-mcs-park", "an MCS queue lock without repair"),
            new Rival("c-pid-file", "a file with the owner's pid, looked at each millisecond"));

    boolean isInC() {
        return CPeers.isOne(name);
    }

    /** Why it cannot be had here. */
    public Optional<String> obstacle() {
        if (isInC()) {
            return CPeers.isCompilerThere() ? Optional.empty() : Optional.of("there is no gcc");
        }
        return equals(PVLOCK) || Contenders.byName().containsKey(name)
                ? Optional.empty()
                : Optional.of("not on the class path; in a checkout tests/bench/scorecard.sh has it");
    }
}
