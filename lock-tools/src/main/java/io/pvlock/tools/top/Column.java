package io.pvlock.tools.top;

import io.pvlock.LockStats;
import io.pvlock.OwnerInfo;
import io.pvlock.TimeSummary;
import io.pvlock.tools.view.Printable;
import java.time.Duration;
import java.util.Comparator;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** The columns of the list, from left to right. */
enum Column {
    NAME('n', 19, 0, row -> Printable.of(row.name())),
    STATE('s', 6, 0, row -> Brief.state(row.lock())),
    OWNER('o', 12, 0, row -> Printable.of(owner(row))),
    HELD('h', 6, 0, Column::heldNs, Column::time),
    WAIT('w', 5, 0, row -> row.lock().queueLength(), Brief::count),
    ACQ_S('a', 6, 1, LockRow::perSecond, Brief::count),
    CONT('c', 6, 1, LockRow::contended, Brief::percent),
    W_P50('\0', 6, 4, waits(TimeSummary::p50Ns), Column::time),
    W_P99('l', 6, 2, waits(TimeSummary::p99Ns), Column::time),
    W_MAX('\0', 6, 4, waits(TimeSummary::maxNs), Column::time),
    H_P50('\0', 6, 4, holds(TimeSummary::p50Ns), Column::time),
    H_P99('\0', 6, 2, holds(TimeSummary::p99Ns), Column::time),
    H_MAX('\0', 6, 4, holds(TimeSummary::maxNs), Column::time),
    KICKS('k', 6, 3, counted(LockStats::kicks), Brief::count),
    STEALS('t', 7, 3, counted(LockStats::steals), Brief::count),
    DEATHS('d', 7, 3, row -> row.lock().deaths(), Brief::count);

    private static final Comparator<LockRow> MOST_CONTENDED_FIRST =
            Comparator.<LockRow>comparingLong(row -> row.stats().contended()).reversed();

    private final char key;
    private final int width;
    private final int rank;
    private final boolean isText;
    private final Function<LockRow, String> cell;
    private final Comparator<LockRow> order;

    /** Text, which begins at the left and is sorted upwards. */
    Column(char key, int width, int rank, Function<LockRow, String> cell) {
        this.key = key;
        this.width = width;
        this.rank = rank;
        this.isText = true;
        this.cell = cell;
        this.order = Comparator.comparing(cell);
    }

    /** A number, which ends at the right and is sorted downwards. */
    Column(char key, int width, int rank, ToDoubleFunction<LockRow> value, DoubleFunction<String> format) {
        this.key = key;
        this.width = width;
        this.rank = rank;
        this.isText = false;
        this.cell = row -> format.apply(value.applyAsDouble(row));
        this.order = Comparator.comparingDouble(value).reversed();
    }

    /** Above the column; as {@code --sort} has it. */
    String title() {
        return switch (this) {
            case ACQ_S -> "ACQ/S";
            case CONT -> "CONT%";
            default -> name().replace('_', '-');
        };
    }

    /** What sorts by it; {@code '\0'} for none. */
    char key() {
        return key;
    }

    /** How many columns of the terminal it takes at least. */
    int width() {
        return width;
    }

    /** Columns of a lower rank are shown first where there is no room for all; 0: always. */
    int rank() {
        return rank;
    }

    boolean isText() {
        return isText;
    }

    /** Harmless text. */
    String cell(LockRow row) {
        return cell.apply(row);
    }

    /** The order by this column; where it is the same the most contended first, since those are what is looked for; then by name. */
    Comparator<LockRow> order(boolean reversed) {
        return (reversed ? order.reversed() : order)
                .thenComparing(MOST_CONTENDED_FIRST)
                .thenComparing(LockRow::name);
    }

    private static String owner(LockRow row) {
        return row.lock()
                .owner()
                .map(owner -> owner.pid() + " " + owner.command())
                .orElse("-");
    }

    private static double heldNs(LockRow row) {
        return row.lock()
                .owner()
                .flatMap(OwnerInfo::heldFor)
                .map(Duration::toNanos)
                .orElse(-1L);
    }

    private static String time(double ns) {
        return Brief.time((long) ns);
    }

    private static ToDoubleFunction<LockRow> counted(ToLongFunction<LockStats> count) {
        return row -> count.applyAsLong(row.stats());
    }

    private static ToDoubleFunction<LockRow> waits(ToLongFunction<TimeSummary> time) {
        return row -> measured(row.stats().waits(), time);
    }

    private static ToDoubleFunction<LockRow> holds(ToLongFunction<TimeSummary> time) {
        return row -> measured(row.stats().holds(), time);
    }

    private static double measured(TimeSummary times, ToLongFunction<TimeSummary> time) {
        return times.count() == 0 ? -1 : time.applyAsLong(times);
    }
}
