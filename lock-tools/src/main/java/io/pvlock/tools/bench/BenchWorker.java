package io.pvlock.tools.bench;

import io.pvlock.RegionException;
import io.pvlock.tools.worker.Quiet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;

/**
 * One participant, in Java. It is told by lines on its standard input, {@code MODE CONTENDER HOLD_NS THINK_NS}, one for each cell;
 * the barrier, the times and its answer are on the board. It ends with its input.
 */
public final class BenchWorker {

    private static final long BARRIER_POLL_NS = 500_000;

    private final Path directory;
    private final Board board;
    private final int participant;
    private final int participants;
    private final Map<String, ContenderProvider> providers;
    private final FileChannel turns;
    private final Map<Class<?>, BiConsumer<Contender, CellRun>> loops = new HashMap<>();
    private final Set<String> warm = new HashSet<>();
    private final BlockingQueue<String> commands = new LinkedBlockingQueue<>();

    private BenchWorker(Path directory, int participant, int participants) throws IOException {
        this.directory = directory;
        this.board = Board.open(directory.resolve(Crew.BOARD), participants);
        this.participant = participant;
        this.participants = participants;
        this.providers = Contenders.byName();
        this.turns = FileChannel.open(directory.resolve("turns"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    static List<String> arguments(Path directory, int participant, int participants) {
        return List.of(directory.toString(), Integer.toString(participant), Integer.toString(participants));
    }

    /** @param args the crew's directory, the index of this participant, the number of all */
    public static void main(String[] args) {
        Quiet.events();
        try {
            new BenchWorker(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2])).run();
        } catch (RegionException e) {
            System.err.println("bench: " + e.getMessage());
        } catch (Exception e) {
            e.printStackTrace();
        }
        System.exit(1);
    }

    private void run() throws IOException, InterruptedException {
        ResourceUsage.now(); // the calls are linked, before anything is measured
        Thread reader = new Thread(this::readCommands, "commands");
        reader.setDaemon(true);
        reader.start();
        board.arrive();
        while (true) {
            run(commands.take().split(" "));
        }
    }

    /**
     * On a thread of its own: the end of the input, which is the end of the driver, must end this
     * process in the middle of a cell, too.
     */
    private void readCommands() {
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                commands.add(line);
            }
        } catch (IOException e) {
            // As good as its end.
        }
        Runtime.getRuntime().halt(0);
    }

    /** One participant at a time: if 64 JVMs open the same files at once on two processors, some of them time out. */
    private Contender open(Cell cell) throws IOException {
        FileLock turn = turns.lock();
        try {
            String contender = cell.contender();
            ContenderProvider provider = providers.get(contender);
            if (cell.mode() == Mode.CONTENDED && warm.add(provider.family())) {
                for (String each : provider.warmUp()) {
                    WarmUp.run(directory.resolve("warm-up-" + participant + "-" + each), each, this::loop);
                }
            }
            return provider.open(contender, new ContenderProvider.Place(directory, board, participant));
        } finally {
            turn.release();
        }
    }

    private synchronized BiConsumer<Contender, CellRun> loop(Contender lock) {
        return loops.computeIfAbsent(lock.getClass(), type -> CellLoop.copy());
    }

    private void run(String[] command) throws IOException {
        Cell cell = new Cell(
                Mode.valueOf(command[0]),
                command[1],
                participants,
                Long.parseLong(command[2]),
                Long.parseLong(command[3]),
                false);
        Contender lock = open(cell);
        BiConsumer<Contender, CellRun> loop = loop(lock);
        board.arrive();
        while (board.startNs() == 0) {
            LockSupport.parkNanos(BARRIER_POLL_NS);
        }
        for (long ns = board.startNs() - System.nanoTime(); ns > 0; ns = board.startNs() - System.nanoTime()) {
            LockSupport.parkNanos(ns);
        }
        CellRun run = new CellRun(cell, board, participant);
        loop.accept(lock, run);
        board.record(participant, run);
        board.finish();
    }
}
