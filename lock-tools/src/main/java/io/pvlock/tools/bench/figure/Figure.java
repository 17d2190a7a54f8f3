package io.pvlock.tools.bench.figure;

import io.pvlock.tools.bench.Section;
import java.util.List;

/**
 * Names one figure.
 *
 * @param what is measured, with its unit
 * @param size how many there are of what {@code what} says, or {@link #NO_SIZE}
 * @param of whose figure it is
 * @param rivals others of the same section, {@code what} and size, to which it is compared
 */
public record Figure(Section section, String what, long size, String of, List<String> rivals) {

    /** There is nothing that could be more. */
    static final long NO_SIZE = -1;

    /** This lock, and what a program would use inside of one process. */
    static final String PV = "pv";

    static final String JUC = "j.u.c";

    /** Of this lock, compared to {@code java.util.concurrent}. */
    static Figure ours(Section section, String what, long size) {
        return new Figure(section, what, size, PV, List.of(JUC));
    }

    /** Of one that is compared to nobody. */
    static Figure alone(Section section, String what, long size, String of) {
        return new Figure(section, what, size, of, List.of());
    }

    /** Names it in files. */
    public String key() {
        return section + ": " + what + (hasSize() ? " size=" + size : "") + " of=" + of;
    }

    boolean hasSize() {
        return size != NO_SIZE;
    }

    /** Whether the other is the same thing of somebody else. */
    boolean isBeside(Figure other) {
        return section == other.section && what.equals(other.what) && size == other.size;
    }

    /** Whether the other is the same at another size, or itself. */
    boolean isOnCurveOf(Figure other) {
        return section == other.section && what.equals(other.what) && of.equals(other.of);
    }
}
