package io.pvlock.internal;

/**
 * The one logger of the library, of the name {@code io.pvlock}: warnings about lifecycle and environment, never on a lock path.
 *
 * <p>A logger is foreign. Whatever it throws is in nobody's way. So are names in messages: one line of the log stays one, see {@link
 * Printable}.
 */
public final class Log {

    private static final System.Logger LOGGER = System.getLogger("io.pvlock");

    private Log() {}

    public static void warn(String message) {
        warn(message, null);
    }

    /** @param thrown null for none */
    public static void warn(String message, Throwable thrown) {
        try {
            LOGGER.log(System.Logger.Level.WARNING, Printable.of(message), thrown);
        } catch (Throwable e) {
            // Nobody is left to be told.
        }
    }
}
