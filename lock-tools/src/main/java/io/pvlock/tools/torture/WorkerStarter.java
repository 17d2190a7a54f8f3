package io.pvlock.tools.torture;

import io.pvlock.tools.worker.Children;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.UUID;

/**
 * Starts workers, some ahead of need, so that a killed one is replaced at once. Starting is most of the work in a short life. So
 * the first worker writes an archive of the classes that it has loaded, and all others start from that.
 */
final class WorkerStarter implements AutoCloseable {

    /** Little is compiled, simply; a small heap; nothing said, no file left behind by a killed JVM, no ldconfig started by JNA. */
    private static final List<String> SHORT_LIFE = List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:CompileThresholdScaling=5",
            "-XX:+UseSerialGC",
            "-Xms24m",
            "-Xmn16m",
            "-Xmx32m",
            "-Xss256k",
            "-XX:-UsePerfData",
            "-Xlog:disable",
            "-Dsun.reflect.inflationThreshold=1000000",
            "-Djna.platform.library.path=");

    private static final Path TEMPORARY = Path.of(System.getProperty("java.io.tmpdir"));

    /** More than any archive needs. */
    private static final long ARCHIVE_BYTES = 64 << 20;

    private final TortureSetup setup;
    private final TortureBoard board;
    private final Children children;
    private final Path archive = archivePath();
    private final Thread hook = new Thread(this::deleteArchive, "delete-class-archive");
    private final Deque<Victim> spares = new ArrayDeque<>();
    private int serials;
    private int startedInC;

    WorkerStarter(TortureSetup setup, TortureBoard board, Children children) {
        this.setup = setup;
        this.board = board;
        this.children = children;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private static Path archivePath() {
        return TEMPORARY.resolve("pvlock-torture-" + UUID.randomUUID() + ".jsa");
    }

    /** Whether the JVM can make an archive: of classes from jar files only, and where there is room; without, it would end with an error. */
    static boolean canArchive() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .noneMatch(entry -> Files.isDirectory(Path.of(entry)))
                && TEMPORARY.toFile().getUsableSpace() >= ARCHIVE_BYTES;
    }

    /** A worker that writes the archive of the classes it has loaded when it ends by itself. */
    Victim startFirst() {
        return startInJava(++serials, "-XX:ArchiveClassesAtExit=" + archive);
    }

    /** A worker at work in the place of worker {@code index}. */
    Victim next(int index) {
        Victim victim = spares.isEmpty() ? startSpare() : spares.poll();
        begin(victim, index);
        return victim;
    }

    /** Starts spares until there are enough. */
    void refill() {
        while (spares.size() < TortureSetup.SPARES) {
            spares.add(startSpare());
        }
    }

    /** The spares that have ended, though nobody asked them to; they are replaced at the next refill. */
    List<Victim> takeDeadSpares() {
        List<Victim> dead =
                spares.stream().filter(spare -> !spare.process.isAlive()).toList();
        spares.removeAll(dead);
        return dead;
    }

    void begin(Victim victim, int index) {
        for (int i = 0; i < setup.threads(); i++) {
            board.thread(index * setup.threads() + i).reset();
        }
        victim.acquisitionsBefore = board.acquisitions(index, setup.threads());
        victim.begin(index);
    }

    private Victim startSpare() {
        int serial = ++serials;
        if (setup.isInC(serial)) {
            return startInC(serial);
        }
        return Files.exists(archive) ? startInJava(serial, "-XX:SharedArchiveFile=" + archive) : startInJava(serial);
    }

    private Victim startInC(int serial) {
        board.killed(serial, 0);
        List<String> command = new ArrayList<>(List.of(setup.workerInC().toString()));
        command.addAll(new TortureWorker.Job(setup, serial).toArguments());
        startedInC++;
        return new Victim(serial, children.start(command));
    }

    /** How many of all processes so far were written in C. */
    int startedInC() {
        return startedInC;
    }

    private Victim startInJava(int serial, String... flags) {
        board.killed(serial, 0);
        List<String> allFlags = new ArrayList<>(SHORT_LIFE);
        allFlags.addAll(List.of(flags));
        allFlags.add("-Dpvlock.numaNode=" + serial % 2);
        return new Victim(
                serial,
                children.start(TortureWorker.class, new TortureWorker.Job(setup, serial).toArguments(), allFlags));
    }

    private void deleteArchive() {
        try {
            Files.deleteIfExists(archive);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        deleteArchive();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is on its way down, and the hook does it again.
        }
    }
}
