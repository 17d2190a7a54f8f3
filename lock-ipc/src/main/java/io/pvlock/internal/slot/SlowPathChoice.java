package io.pvlock.internal.slot;

import io.pvlock.RegionException;
import io.pvlock.core.KillPoint;
import io.pvlock.linux.Libpvlock;

/**
 * Where the slow paths of PV locks are in this JVM: in Java, which is the reference, or in libpvlock, which is warm from the first wait
 * on. It is libpvlock where that is to be had, unless {@code -Dpvlock.slowpath=java} says otherwise. Virtual threads wait in Java always.
 *
 * <p>The library is loaded by a thread of its own, which the first wait starts: a program whose locks are free has no use for it, and no
 * wait stands still for it. With {@code -Dpvlock.slowpath=native} it is loaded when the first region is opened.
 *
 * @param isNative whether they are in libpvlock
 * @param isWanted whether they are where the property says
 * @param why for people
 */
public record SlowPathChoice(boolean isNative, boolean isWanted, String why) {

    /** System property: {@value #JAVA} or {@value #NATIVE}; absent, it is the latter where it is possible. */
    static final String PROPERTY = "pvlock.slowpath";

    private static final String JAVA = "java";
    private static final String NATIVE = "native";

    /** Null until it is made. */
    private static volatile SlowPathChoice made;

    private static final Object BEGINNING = new Object();
    private static volatile boolean begun;

    /**
     * Makes the choice if the property says which.
     *
     * @throws RegionException UNAVAILABLE if it says something else; every time anew
     */
    public static void check() {
        if (System.getProperty(PROPERTY) != null) {
            get();
        }
    }

    /**
     * Makes the choice, once, and waits for it.
     *
     * @throws RegionException as {@link #check}
     */
    public static synchronized SlowPathChoice get() {
        if (made == null) {
            made = of(System.getProperty(PROPERTY));
        }
        return made;
    }

    /** Whether the calling thread may go into libpvlock now. If nobody knows yet, somebody else finds out. */
    static boolean isNativeNow() {
        SlowPathChoice known = made;
        if (known == null) {
            begin();
            return false;
        }
        return known.isNative;
    }

    private static void begin() {
        if (begun) {
            return;
        }
        synchronized (BEGINNING) {
            if (begun) {
                return;
            }
            begun = true;
        }
        try {
            Thread thread = new Thread(null, SlowPathChoice::get, "pvlock-library", 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(SlowPathChoice.class.getClassLoader());
            thread.start();
        } catch (OutOfMemoryError e) {
            // No thread to be had: Java goes on as it is.
            made = new SlowPathChoice(false, true, "no thread to load libpvlock could be started: " + e.getMessage());
        }
    }

    /** @param wanted null for the default */
    static SlowPathChoice of(String wanted) {
        String said = "-D" + PROPERTY + "=" + wanted;
        if (wanted == null) {
            String problem = problem();
            return problem.isEmpty()
                    ? new SlowPathChoice(true, true, "the default")
                    : new SlowPathChoice(false, true, "there is no libpvlock here: " + problem);
        }
        return switch (wanted) {
            case JAVA -> new SlowPathChoice(false, true, said);
            case NATIVE -> {
                String problem = problem();
                yield problem.isEmpty()
                        ? new SlowPathChoice(true, true, said)
                        : new SlowPathChoice(false, false, said + " is not possible: " + problem);
            }
            default ->
                throw new RegionException(
                        RegionException.Category.UNAVAILABLE,
                        said + " is not known: write " + JAVA + " or " + NATIVE
                                + ", or leave it out for the latter where it is possible");
        };
    }

    /** Why libpvlock cannot do here what Java does; empty if it can. */
    private static String problem() {
        try {
            if (!Libpvlock.problem().isEmpty()) {
                return Libpvlock.problem();
            }
            if (KillPoint.ENABLED && !Libpvlock.hasKillPoints()) {
                return "the library has no kill points, which -Dpvlock.killpoints asks for";
            }
            return Libpvlock.tune(Long.getLong("pvlock.maxSleepNs", 0), Long.getLong("pvlock.stallNs", 0))
                    ? ""
                    : "only Java goes by -Dpvlock.maxSleepNs and -Dpvlock.stallNs";
        } catch (LinkageError | OutOfMemoryError e) {
            return e.toString();
        }
    }

    @Override
    public String toString() {
        return (isNative ? "libpvlock" : "Java") + " (" + why + ")";
    }
}
