package io.pvlock.tools.scorecard;

import io.pvlock.tools.bench.CPeers;
import io.pvlock.tools.bench.Workspace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Lets the same happen to the users of each lock, in processes of their own. No process and no file is left. */
public final class Scorecard {

    private final Setup setup;
    private final Listener listener;
    private final Workspace workspace;
    private final Random random;
    private Path victims;

    /**
     * What to do.
     *
     * @param trials of each kill; after one that loses the lock there is no next
     * @param seed of all that is random
     * @param patienceNs who has not got the lock after so long never will
     */
    public record Setup(List<Rival> rivals, List<Kill> kills, int trials, long seed, long patienceNs) {

        public Setup {
            rivals = List.copyOf(rivals);
            kills = List.copyOf(kills);
        }

        public long allTrials() {
            return (long) rivals.size() * kills.size() * trials;
        }
    }

    /**
     * What a lock did.
     *
     * @param obstacle why it could not be had; empty if it could
     */
    public record RivalScore(Rival rival, Optional<String> obstacle, Map<Kill, CellScore> cells) {

        /** Whether that is what this lock promises. */
        public boolean isGood() {
            return cells.values().stream()
                    .flatMap(cell -> cell.verdict().stream())
                    .allMatch(Verdict::isGood);
        }
    }

    /** Told how far it is. */
    @FunctionalInterface
    public interface Listener {
        void done(long trials);
    }

    private Scorecard(Setup setup, Listener listener, Workspace workspace) {
        this.setup = setup;
        this.listener = listener;
        this.workspace = workspace;
        this.random = new Random(setup.seed());
    }

    /** Runs it; in the order of the setup. */
    public static List<RivalScore> run(Setup setup, Listener listener) throws IOException, InterruptedException {
        try (Workspace workspace = new Workspace()) {
            return new Scorecard(setup, listener, workspace).run();
        }
    }

    private List<RivalScore> run() throws IOException, InterruptedException {
        if (CPeers.isCompilerThere()) {
            victims = CPeers.compile("victims", workspace.programs());
        }
        List<RivalScore> scores = new ArrayList<>();
        long done = 0;
        for (Rival rival : setup.rivals()) {
            Optional<String> obstacle = rival.obstacle();
            scores.add(new RivalScore(rival, obstacle, obstacle.isPresent() ? Map.of() : cells(rival, done)));
            done += (long) setup.kills().size() * setup.trials();
        }
        return scores;
    }

    private Map<Kill, CellScore> cells(Rival rival, long before) throws IOException, InterruptedException {
        Map<Kill, CellScore> cells = new EnumMap<>(Kill.class);
        try (RivalCrew crew = new RivalCrew(rival, victims)) {
            for (Kill kill : setup.kills()) {
                crew.move(workspace.newShared());
                cells.put(kill, cell(crew, kill, before + (long) cells.size() * setup.trials()));
            }
        }
        return cells;
    }

    private CellScore cell(RivalCrew crew, Kill kill, long before) throws IOException, InterruptedException {
        List<TrialResult> results = new ArrayList<>();
        for (int trial = 0; trial < setup.trials(); trial++) {
            listener.done(before + trial);
            crew.assemble();
            Optional<TrialResult> result = new Trial(crew, victims, random, setup.patienceNs()).run(kill);
            if (result.isEmpty()) {
                break;
            }
            results.add(result.get());
            if (result.get().verdict().compareTo(Verdict.LOST) >= 0) {
                crew.dismiss();
                crew.move(workspace.newShared());
            }
            if (result.get().verdict() == Verdict.LOST) {
                break;
            }
        }
        return new CellScore(results);
    }
}
