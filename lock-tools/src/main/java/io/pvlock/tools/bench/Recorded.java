package io.pvlock.tools.bench;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Ratios as they were recorded once, and what has moved since: of cells to the floor, of figures to a rival or to the smallest size. */
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
    public record Move(String key, Spread before, Spread now) {}

    /** Which of these ratios are recorded. */
    public List<String> common(Map<String, Spread> measured) {
        return measured.keySet().stream().filter(ratios::containsKey).toList();
    }

    /** Where the medians differ by a quarter or more, and nothing measured now lies within what was measured then. */
    public List<Move> moved(Map<String, Spread> measured) {
        List<Move> moves = new ArrayList<>();
        for (String key : common(measured)) {
            Spread before = spread((Map<?, ?>) ratios.get(key));
            Spread now = measured.get(key);
            if (!before.overlaps(now) && isSignificant(before, now)) {
                moves.add(new Move(key, before, now));
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
