package io.pvlock.tools.command;

import io.pvlock.tools.bench.Context;
import io.pvlock.tools.scorecard.CellScore;
import io.pvlock.tools.scorecard.Rival;
import io.pvlock.tools.scorecard.Scorecard;
import io.pvlock.tools.scorecard.Verdict;
import io.pvlock.tools.top.Brief;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a scorecard has found, as a table of at most 100 columns, and for JSON. */
record ScorecardReport(Scorecard.Setup setup, List<Scorecard.RivalScore> scores) {

    private static final String NOT_SHOWN = "-";

    /** What this lock did that it must not; empty if nothing, or if it was not tried. */
    String problem() {
        return scores.stream()
                .filter(score -> score.rival().equals(Rival.PVLOCK) && !score.isGood())
                .map(score -> score.rival().name() + " is not good in " + titles(score))
                .collect(Collectors.joining());
    }

    private static String titles(Scorecard.RivalScore score) {
        return score.cells().entrySet().stream()
                .filter(cell -> cell.getValue().verdict().map(v -> !v.isGood()).orElse(false))
                .map(cell -> "'" + cell.getKey().title() + "'")
                .collect(Collectors.joining(", "));
    }

    void print(PrintWriter out) {
        List<String> header = new ArrayList<>(List.of("lock"));
        setup.kills().forEach(kill -> header.add(kill.title()));
        Table table = new Table(header.toArray(String[]::new));
        scores.stream().filter(score -> score.obstacle().isEmpty()).forEach(score -> table.row(row(score)));
        table.print(out);
        scores.forEach(score ->
                score.obstacle().ifPresent(why -> out.println(score.rival().name() + " was not tried: " + why)));
        out.println();
        explain(out);
        out.println();
        out.println("scorecard: " + (problem().isEmpty() ? "OK" : "FAILED, " + problem()));
    }

    private Object[] row(Scorecard.RivalScore score) {
        List<Object> row = new ArrayList<>(List.of(score.rival().name()));
        setup.kills().forEach(kill -> row.add(text(score.cells().get(kill))));
        return row.toArray();
    }

    private static String text(CellScore cell) {
        if (cell.verdict().isEmpty()) {
            return NOT_SHOWN;
        }
        Verdict verdict = cell.verdict().get();
        if (verdict.compareTo(Verdict.LOST) >= 0) {
            return verdict + (cell.worst() == cell.trials() ? "" : " " + cell.worst() + "/" + cell.trials());
        }
        String word = verdict.name().toLowerCase(Locale.ROOT);
        return word
                + (verdict == Verdict.KEPT
                        ? ""
                        : cell.medianNs().map(ns -> " " + Brief.time(ns)).orElse(""));
    }

    private void explain(PrintWriter out) {
        Table kills = new Table("what happens", "");
        setup.kills().forEach(kill -> kills.row(kill.title(), kill.description()));
        kills.print(out);
        out.println();
        Table words = new Table("what it means", "");
        Stream.of(Verdict.values())
                .filter(verdict -> scores.stream()
                        .flatMap(score -> score.cells().values().stream())
                        .anyMatch(cell -> cell.verdict().filter(verdict::equals).isPresent()))
                .forEach(verdict -> words.row(
                        verdict.compareTo(Verdict.LOST) >= 0
                                ? verdict.name()
                                : verdict.name().toLowerCase(Locale.ROOT),
                        verdict.description()));
        if (scores.stream()
                .flatMap(score -> score.cells().values().stream())
                .anyMatch(cell -> cell.verdict().isEmpty())) {
            words.row(NOT_SHOWN, "cannot be shown here: to get a pid takes gcc, and root or CAP_CHECKPOINT_RESTORE");
        }
        words.row("2.5ms", "the median, until the next one had it");
        words.print(out);
        out.println();
        Table locks = new Table("lock", "");
        scores.forEach(score -> locks.row(score.rival().name(), score.rival().description()));
        locks.print(out);
        out.println();
        out.printf(
                Locale.ROOT,
                "%d trials of each kill, patience %s, seed %d%n",
                setup.trials(),
                Brief.time(setup.patienceNs()),
                setup.seed());
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("ok", problem().isEmpty());
        map.put("seed", setup.seed());
        map.put("trials", setup.trials());
        map.put("patienceNs", setup.patienceNs());
        map.put("context", Context.now());
        map.put("locks", scores.stream().map(ScorecardReport::map).toList());
        return map;
    }

    private static Map<String, Object> map(Scorecard.RivalScore score) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", score.rival().name());
        map.put("description", score.rival().description());
        map.put("notTried", score.obstacle().orElse(null));
        Map<String, Object> kills = new LinkedHashMap<>();
        score.cells().forEach((kill, cell) -> kills.put(kill.name(), map(cell)));
        map.put("kills", kills);
        return map;
    }

    private static Map<String, Object> map(CellScore cell) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("verdict", cell.verdict().map(Verdict::name).orElse(null));
        map.put("worst", cell.verdict().isEmpty() ? 0 : cell.worst());
        map.put("trials", cell.trials());
        map.put("medianNs", cell.medianNs().orElse(null));
        map.put("longestNs", cell.longestNs().orElse(null));
        map.put("told", cell.told());
        map.put("untold", cell.untold());
        map.put("overlaps", cell.overlaps());
        return map;
    }
}
