package io.pvlock.internal.slot;

import io.pvlock.RegionException;
import io.pvlock.core.HashDescriptor;
import io.pvlock.core.KillPoint;
import io.pvlock.core.Participant;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.linux.Libpvlock;
import java.util.function.IntConsumer;

/**
 * Where the slow paths of PV locks are: in Java, which is the reference, or in libpvlock, which is warm from the first wait on. {@code
 * -Dpvlock.slowpath=native} takes the second where it is to be had; else, and for virtual threads, it is Java.
 */
public final class SlowPaths {

    /** System property: {@value #JAVA} or {@value #NATIVE}. */
    static final String PROPERTY = "pvlock.slowpath";

    private static final String JAVA = "java";
    private static final String NATIVE = "native";

    /**
     * @param isNative whether it is in libpvlock
     * @param isWanted whether it is as the property says
     * @param why for people
     */
    public record Choice(boolean isNative, boolean isWanted, String why) {
        @Override
        public String toString() {
            return (isNative ? "libpvlock" : "Java") + " (" + why + ")";
        }
    }

    private static Choice chosen;

    private final Libpvlock.Region region;
    private final FutexParker parker;
    private final NumaPlace numa;
    private final IntConsumer deaths;

    private SlowPaths(Libpvlock.Region region, FutexParker parker, NumaPlace numa, IntConsumer deaths) {
        this.region = region;
        this.parker = parker;
        this.numa = numa;
        this.deaths = deaths;
    }

    /**
     * The choice of this JVM, made once.
     *
     * @throws RegionException UNAVAILABLE if the property says something else; every time anew
     */
    public static synchronized Choice chosen() {
        if (chosen == null) {
            chosen = choose(System.getProperty(PROPERTY, JAVA));
        }
        return chosen;
    }

    static Choice choose(String wanted) {
        String said = "-D" + PROPERTY + "=" + wanted;
        return switch (wanted) {
            case JAVA -> new Choice(false, true, System.getProperty(PROPERTY) == null ? "the default" : said);
            case NATIVE -> {
                String problem = problem();
                yield problem.isEmpty()
                        ? new Choice(true, true, said)
                        : new Choice(false, false, said + " is not possible: " + problem);
            }
            default ->
                throw new RegionException(
                        RegionException.Category.UNAVAILABLE,
                        said + " is not known: write " + JAVA + " or " + NATIVE + ", or leave it out for " + JAVA);
        };
    }

    /** Why libpvlock cannot do here what Java does; empty if it can. */
    private static String problem() {
        if (!Libpvlock.problem().isEmpty()) {
            return Libpvlock.problem();
        }
        if (KillPoint.ENABLED && !Libpvlock.hasKillPoints()) {
            return "the library has no kill points, which -Dpvlock.killpoints asks for";
        }
        return Libpvlock.tune(Long.getLong("pvlock.maxSleepNs", 0), Long.getLong("pvlock.stallNs", 0))
                ? ""
                : "only Java goes by -Dpvlock.maxSleepNs and -Dpvlock.stallNs";
    }

    /**
     * Those of this process in a region.
     *
     * @param fd of a file on the region, open as long as this is used
     * @param deaths is told of those who were marked dead in the middle of a wait
     */
    static SlowPaths of(
            long address,
            RegionLayout layout,
            ProcessTable processes,
            int fd,
            FutexParker parker,
            NumaPlace numa,
            IntConsumer deaths) {
        if (!processes.hasEntered() || !chosen().isNative()) {
            return new SlowPaths(null, parker, numa, deaths);
        }
        Libpvlock.Region region = new Libpvlock.Region(
                address,
                layout.length(),
                layout.vcpusOffset(),
                layout.maxVcpus(),
                layout.hashOffset(),
                layout.hashCapacity() / HashDescriptor.ENTRIES_PER_LINE,
                layout.processesOffset(),
                layout.maxProcesses(),
                processes.index(),
                processes.generation(),
                fd,
                numa.isTold());
        return new SlowPaths(region, parker, numa, deaths);
    }

    /** Gives {@code me} its slow path; before it takes part. For a thread that may sleep in the kernel: no virtual one. */
    void prepare(Participant me) {
        if (region != null) {
            me.slowPath(new NativeSlowPath(region, me, parker, numa.areSeveral(), deaths));
        }
    }
}
