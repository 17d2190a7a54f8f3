package io.pvlock.tools.top;

import io.pvlock.LockInfo;
import java.util.Locale;

/** Numbers, times and states in six columns or fewer. */
public final class Brief {

    private static final String NONE = "-";

    private Brief() {}

    /** Such as {@code 1234}, {@code 12.3k}, {@code 4.56M}. */
    static String count(double count) {
        if (count < 0) {
            return NONE;
        }
        if (count < 9_999.5) {
            return String.format(Locale.ROOT, "%.0f", count);
        }
        if (count < 999_950) {
            return String.format(Locale.ROOT, "%.1fk", count / 1e3);
        }
        if (count < 999.95e6) {
            return String.format(Locale.ROOT, "%.1fM", count / 1e6);
        }
        return String.format(Locale.ROOT, "%.1fG", count / 1e9);
    }

    /** Such as {@code 812ns}, {@code 1.2us}, {@code 34ms}, {@code 5.6s}, {@code 12m}, {@code 3h20}, {@code 4d}. */
    public static String time(long ns) {
        if (ns < 0) {
            return NONE;
        }
        if (ns < 1_000) {
            return ns + "ns";
        }
        if (ns < 999_500) {
            return number(ns / 1e3) + "us";
        }
        if (ns < 999_500_000) {
            return number(ns / 1e6) + "ms";
        }
        if (ns < 99_500_000_000L) {
            return number(ns / 1e9) + "s";
        }
        long minutes = ns / 60_000_000_000L;
        if (minutes < 60) {
            return minutes + "m" + String.format(Locale.ROOT, "%02d", ns / 1_000_000_000L % 60);
        }
        return minutes < 60 * 100
                ? minutes / 60 + "h" + String.format(Locale.ROOT, "%02d", minutes % 60)
                : minutes / 60 / 24 + "d";
    }

    private static String number(double number) {
        return String.format(Locale.ROOT, number < 9.95 ? "%.1f" : "%.0f", number);
    }

    /** Such as {@code 12.3}. */
    static String percent(double part) {
        return part < 0 ? NONE : String.format(Locale.ROOT, "%.1f", part * 100);
    }

    /** One word: {@code free}, {@code held}, {@code held!} and {@code incons} with data not repaired, {@code dead}, {@code lost}. */
    static String state(LockInfo lock) {
        if (!lock.recoverable()) {
            return "lost";
        }
        if (lock.owner().isPresent()) {
            return lock.owner().get().alive() ? lock.inconsistent() ? "held!" : "held" : "dead";
        }
        return lock.inconsistent() ? "incons" : "free";
    }
}
