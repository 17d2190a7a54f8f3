package io.pvlock.tools.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Runs a plan: for each number of processes it starts a crew of that many for each family of contenders, warms it up, and runs the
 * cells on it in turn. So the start of JVMs is paid once for each number of processes.
 */
public final class Bench implements AutoCloseable {

    /** Of a round of warm-up; with more processes than processors each has its share of it only. */
    private static final int WARM_UP_MILLIS = 500;

    private static final int WARM_UP_MILLIS_PER_PROCESS = 30;

    private static final int MOST_ROUNDS = 20;

    /** In processors: what threads beside the participants' use once the compilers have nothing to do. */
    private static final double ASIDE_AT_REST = 0.04;

    private final Plan plan;
    private final Listener listener;
    private final Workspace workspace = new Workspace();
    private final Map<String, ContenderProvider> providers = Contenders.byName();
    private final Map<String, Crew> crews = new HashMap<>();
    private final Set<String> warm = new HashSet<>();
    private final Set<String> stuck = new HashSet<>();
    private Path peers;

    /** Told what is going on, a line each time. */
    public interface Listener {

        /** Says nothing. */
        Listener SILENT = new Listener() {
            @Override
            public void running(String what) {}

            @Override
            public void problem(String what) {}
        };

        void running(String what);

        /** Something is left out. */
        void problem(String what);
    }

    public Bench(Plan plan, Listener listener) throws IOException {
        this.plan = plan;
        this.listener = listener;
    }

    /**
     * Runs the plan. A contender that gets stuck is reported and left out of what remains with that many processes.
     *
     * @return a row for each cell and repetition
     */
    public List<Row> run() throws IOException {
        List<Row> rows = new ArrayList<>();
        Set<Integer> numbers = new TreeSet<>();
        plan.cells().forEach(cell -> numbers.add(cell.processes()));
        for (int processes : numbers) {
            List<Cell> cells = new ArrayList<>(plan.cells().stream()
                    .filter(cell -> cell.processes() == processes)
                    .toList());
            for (int repetition = 1; repetition <= plan.repetitions(); repetition++) {
                for (Cell cell : cells) {
                    listener.running(processes + " processes, repetition " + repetition + " of " + plan.repetitions()
                            + ": " + cell.contender());
                    run(cell, repetition, rows);
                }
                Collections.reverse(cells);
            }
            dismiss();
        }
        return rows;
    }

    private void run(Cell cell, int repetition, List<Row> rows) throws IOException {
        if (stuck.contains(cell.contender())) {
            return;
        }
        String family = family(cell.contender());
        try {
            Crew crew = crews.get(family);
            if (crew == null) {
                crew = assemble(cell);
                crews.put(family, crew);
            }
            if (!family.equals(CPeers.FAMILY) && warm.add(cell.key())) {
                warmUp(crew, cell);
            }
            rows.add(Row.of(cell, repetition, plan.millis(), measure(crew, cell)));
        } catch (Crew.StuckException e) {
            listener.problem(
                    cell.contender() + " is left out with " + cell.processes() + " processes: " + e.getMessage());
            stuck.add(cell.contender());
            Crew crew = crews.remove(family);
            if (crew != null) {
                crew.close();
            }
            warm.clear();
        }
    }

    /**
     * Until the compilers rest: what they use would be taken from the lock, and counted as its own. They come late to the way through a
     * queue, which is taken once in many acquisitions.
     */
    private void warmUp(Crew crew, Cell cell) {
        int millis = WARM_UP_MILLIS + WARM_UP_MILLIS_PER_PROCESS * cell.processes();
        double aside = 1;
        for (int round = 1; round <= MOST_ROUNDS && aside > ASIDE_AT_REST; round++) {
            Board board = crew.run(cell, millis);
            aside = IntStream.range(0, cell.processes())
                            .mapToLong(board::asideNs)
                            .sum()
                    / 1e6
                    / millis;
            listener.running(
                    cell.key() + ": warm-up " + round + ", other threads " + Report.number(aside) + " of a processor");
        }
        if (aside > ASIDE_AT_REST) {
            listener.problem(cell.key() + " is measured although the JVMs' own threads still use "
                    + Report.number(aside) + " of a processor after " + MOST_ROUNDS + " rounds of warm-up");
        }
    }

    private Board measure(Crew crew, Cell cell) throws IOException {
        if (!cell.noise()) {
            return crew.run(cell, plan.millis());
        }
        Noise noise = new Noise();
        try {
            return crew.run(cell, plan.millis());
        } finally {
            noise.stop();
        }
    }

    private String family(String contender) {
        if (CPeers.isOne(contender)) {
            return CPeers.FAMILY;
        }
        return providers.get(contender).family();
    }

    private Crew assemble(Cell cell) throws IOException {
        Path directory = workspace.newShared();
        if (!CPeers.isOne(cell.contender())) {
            return Crew.ofJvms(
                    directory, cell.processes(), providers.get(cell.contender()).jvmFlags());
        }
        if (peers == null) {
            peers = CPeers.compile(workspace.programs());
        }
        return Crew.ofPrograms(peers, directory, cell.processes());
    }

    private void dismiss() {
        crews.values().forEach(Crew::close);
        crews.clear();
        warm.clear();
        stuck.clear();
    }

    @Override
    public void close() {
        dismiss();
        workspace.close();
    }
}
