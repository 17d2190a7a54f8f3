package io.pvlock.tools.top;

import io.pvlock.RegionView;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jline.terminal.Size;

/** Pictures of a region, one after the other, on a terminal that is taken whole or as plain text. */
public final class Top {

    /** After so long without a key it looks whether the terminal has another size. */
    private static final long SLICE_MS = 100;

    private final Sampler sampler;
    private final State state;

    /** @param sort one of {@link #sorts}; in any case */
    public Top(RegionView region, String sort) {
        this.sampler = new Sampler(region);
        this.state = new State(Arrays.stream(Column.values())
                .filter(column -> sortName(column).equalsIgnoreCase(sort))
                .findFirst()
                .orElseThrow());
    }

    /** What can be sorted by: the titles, but for a percent sign, which the text of a help must not have. */
    public static List<String> sorts() {
        return Arrays.stream(Column.values()).map(Top::sortName).toList();
    }

    private static String sortName(Column column) {
        return column.title().replace("%", "");
    }

    /** The next picture as a list, all columns of it, the most interesting lock first. */
    public PlainPicture plain() {
        Picture picture = sampler.take(null);
        state.show(picture);
        return new PlainPicture(picture, state.rows());
    }

    /**
     * Shows pictures on the terminal until the user ends it.
     *
     * @param delayNs from one to the next; after an event the next one comes at once
     * @param next asked before each picture; false ends it, too
     * @throws IOException if there is no terminal that can do more than print; nothing was shown then
     */
    public void onTerminal(long delayNs, BooleanSupplier next) throws IOException {
        try (Screen screen = Screen.open()) {
            show(screen, delayNs, next);
        } catch (IOException | RuntimeException e) {
            if (!Screen.isEnding()) {
                throw e;
            }
        }
    }

    private void show(Screen screen, long delayNs, BooleanSupplier next) throws IOException {
        Picture picture = null;
        Size size = null;
        long takeAtNs = System.nanoTime();
        while (!state.isOver()) {
            if (screen.wasResized()) {
                size = screen.size();
            }
            if (picture == null || !state.isPaused() && isDue(takeAtNs)) {
                if (!next.getAsBoolean()) {
                    return;
                }
                picture = sampler.take(state.detailOf());
                takeAtNs = System.nanoTime() + delayNs;
            }
            state.show(picture);
            screen.show(new Lines(size.getColumns(), size.getRows()).of(picture, state), size);
            picture = afterKey(screen, picture, takeAtNs);
        }
    }

    // A death is not for the next picture, which may be far.
    private boolean isDue(long takeAtNs) {
        return System.nanoTime() - takeAtNs >= 0 || sampler.hasNews();
    }

    /** Null if what is looked at is not in the picture: then another one is taken at once. */
    private Picture afterKey(Screen screen, Picture picture, long takeAtNs) throws IOException {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(takeAtNs - System.nanoTime());
        Key key = screen.key(state.isPaused() ? SLICE_MS : Math.min(SLICE_MS, leftMs));
        String before = state.detailOf();
        if (key != null) {
            state.press(key, screen.text());
        }
        boolean other = state.detailOf() != null && !state.detailOf().equals(before);
        return other ? null : picture;
    }
}
