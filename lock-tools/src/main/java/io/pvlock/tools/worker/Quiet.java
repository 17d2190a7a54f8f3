package io.pvlock.tools.worker;

import java.util.logging.Level;
import java.util.logging.Logger;

/** What happens to locks these programs say themselves, where anybody wants to know; the library's log of it would be on the console. */
public final class Quiet {

    /** A logger that nobody refers to forgets its level. */
    private static final Logger EVENTS = Logger.getLogger("io.pvlock.events");

    private Quiet() {}

    /** From now on the library logs no deaths, deadlocks and long waits in this process. */
    public static void events() {
        EVENTS.setLevel(Level.OFF);
    }
}
