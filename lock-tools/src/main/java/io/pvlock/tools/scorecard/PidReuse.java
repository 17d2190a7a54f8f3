package io.pvlock.tools.scorecard;

import io.pvlock.tools.worker.Children;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that has the pid of one that is dead, as happens by chance on a busy machine. Needs CAP_CHECKPOINT_RESTORE. */
final class PidReuse implements AutoCloseable {

    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(120);

    private final Children children = new Children();
    private final Process process;
    private final boolean works;

    /** @param victims the program */
    PidReuse(Path victims, int pid) {
        process = children.start(List.of(victims.toString(), "--reuse", Integer.toString(pid)));
        Path file = Path.of("/proc/" + pid);
        RivalCrew.await(() -> !process.isAlive() || Files.exists(file), PATIENCE_NS);
        works = process.isAlive();
    }

    /** False if we may not, or somebody else has that pid. */
    boolean works() {
        return works;
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            children.close();
        }
    }
}
