package io.pvlock.tools.bench;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Ratios to the floor as they were recorded once, and what has moved since. */
public final class Recorded {

    static final String RATIOS = "ratiosToFloor";

    /** Less than that is the machine's mood. */
    private static final double SIGNIFICANT = 1.25;

    private final Map<?, ?> ratios;

    private Recorded(Map<?, ?> ratios) {
        this.ratios = ratios;
    }

    /** @throws IllegalArgumentException if that is no such file */
    public static Recorded read(Path file) throws IOException {
        if (Files.isReadable(file)
                && JSON.std.mapFrom(Files.readString(file)).get(RATIOS) instanceof Map<?, ?> ratios) {
            return new Recorded(ratios);
        }
        throw new IllegalArgumentException(file + " holds no recorded ratios; the full bench writes them");
    }

    /** A ratio that has moved. */
    public record Move(Cell cell, Spread before, Spread now) {}

    /** The cells that both have. */
    public List<Cell> common(Results results) {
        return results.cells().stream()
                .filter(cell -> ratios.containsKey(cell.key()))
                .toList();
    }

    /** Where the medians differ by a quarter or more, and nothing measured now lies within what was measured then. */
    public List<Move> moved(Results results) {
        List<Move> moves = new ArrayList<>();
        for (Cell cell : common(results)) {
            Spread before = spread((Map<?, ?>) ratios.get(cell.key()));
            Optional<Spread> now = results.ratioToFloor(cell);
            if (now.isPresent() && !before.overlaps(now.get()) && isSignificant(before, now.get())) {
                moves.add(new Move(cell, before, now.get()));
            }
        }
        return moves;
    }

    private static boolean isSignificant(Spread before, Spread now) {
        double factor = now.median() / before.median();
        return factor >= SIGNIFICANT || factor <= 1 / SIGNIFICANT;
    }

    private static Spread spread(Map<?, ?> map) {
        return new Spread(number(map, "median"), number(map, "min"), number(map, "max"));
    }

    private static double number(Map<?, ?> map, String key) {
        return ((Number) map.get(key)).doubleValue();
    }
}
