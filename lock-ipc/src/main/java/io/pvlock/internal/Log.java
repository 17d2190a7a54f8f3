package io.pvlock.internal;

/**
 * The loggers of the library: {@code io.pvlock}, warnings about lifecycle and environment; and {@code io.pvlock.events}, about locks. Never
 * on the thread that holds or waits for one.
 *
 * <p>A logger is foreign. Whatever it throws is in nobody's way. So are names in messages: one line of the log stays one, see {@link
 * Printable}.
 */
public final class Log {

    private static final System.Logger LOGGER = System.getLogger("io.pvlock");
    private static final System.Logger EVENTS = System.getLogger("io.pvlock.events");

    private Log() {}

    public static void warn(String message) {
        warn(message, null);
    }

    /** Of what happens to locks, which a program may want to hear of elsewhere: a logger of its own. */
    static void warnOfEvent(String message) {
        warn(EVENTS, message, null);
    }

    /** @param thrown null for none */
    public static void warn(String message, Throwable thrown) {
        warn(LOGGER, message, thrown);
    }

    private static void warn(System.Logger logger, String message, Throwable thrown) {
        try {
            logger.log(System.Logger.Level.WARNING, Printable.of(message), thrown);
        } catch (Throwable e) {
            // Nobody is left to be told.
        }
    }
}
