package io.pvlock.tests.kill;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.RegionReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A region, and the processes in it that live through one scenario after the other: two, so that death and kick always
 * cross processes.
 *
 * <p>Their sleep has no bound, unlike in production: one that nobody wakes sleeps for ever, and is seen. Nor does anybody pass a head
 * that stands still, which is what the scenarios let it do.
 */
final class Survivors implements AutoCloseable {

    static final int PROCESSES = 2;

    private static final long NEVER_NS = 3_600_000_000_000L;

    /** Nothing happens because time has passed: neither does a sleep end, nor is a head that stands still passed. */
    private static final String[] NO_CLOCK = {"-Dpvlock.maxSleepNs=" + NEVER_NS, "-Dpvlock.stallNs=" + NEVER_NS};

    /** A head that a scenario has held still since it was woken naps all the same; and not for ever. */
    private static final long LONG_ENOUGH_TO_NAP_NS = 2_000_000_000;

    /** The NUMA node of the first process. */
    private static final int FIRST_NODE = 0;
    /** The NUMA node of the second process and of all victims. */
    static final int SECOND_NODE = 1;

    static final int MAX_VCPUS = 24;
    private static final int MAX_LOCKS = 512;

    private static int regions;

    final RegionView view;
    final Reclaimer reclaimer;
    /** In the first process: has the lock when the victim comes. */
    final Actor owner;
    /** In the first process: never sleeps. */
    final Actor spinner;
    /** In the first process: comes when the victim is dead, or steals. */
    final Actor newcomer;
    /** In the second process: sleeps at the head of the queue. */
    final Actor head;
    /** In the second process: sleeps in the queue. */
    final Actor waiter;
    /** In the second process: goes away again. */
    final Actor leaver;

    private final KillJvm first;
    private final KillJvm second;
    private int locks;

    Survivors(Path directory, Casting casting) {
        Path path = directory.resolve("region-" + ++regions + ".pvl");
        RegionOptions options = RegionOptions.defaults()
                .maxVcpus(MAX_VCPUS)
                .maxLocks(MAX_LOCKS)
                .dataBytes(MAX_LOCKS * GuardedData.LENGTH);
        first = start("first", casting.first(), FIRST_NODE);
        second = start("second", casting.second(), SECOND_NODE);
        view = new RegionView(path, options);
        reclaimer = new Reclaimer(path);
        open(first);
        open(second);
        owner = first.actor("owner").attach();
        spinner = first.actor("spinner").attach();
        newcomer = first.actor("newcomer").attach();
        head = second.actor("head").attach();
        waiter = second.actor("waiter").attach();
        leaver = second.actor("leaver").attach();
    }

    static KillJvm start(String name, Language language, int numaNode) {
        if (language == Language.C) {
            return KillJvm.startInC(
                    name,
                    Long.toString(NEVER_NS),
                    Long.toString(NEVER_NS),
                    Long.toString(LONG_ENOUGH_TO_NAP_NS),
                    Integer.toString(numaNode));
        }
        List<String> flags = new ArrayList<>(List.of(NO_CLOCK));
        flags.addAll(language.flags());
        flags.add("-Dpvlock.numaNode=" + numaNode);
        flags.add("-Dpvlock.overtakeNs=" + LONG_ENOUGH_TO_NAP_NS);
        flags.add("-D" + ActorThread.VIRTUAL + "=" + (language == Language.VIRTUAL));
        return KillJvm.start(name, flags.toArray(String[]::new));
    }

    private void open(KillJvm jvm) {
        jvm.awaitReady();
        open(jvm.actor("main"));
    }

    /** Makes the process of {@code actor} take part. */
    void open(Actor actor) {
        actor.send("open " + view.path()).expect("opened");
    }

    List<Actor> all() {
        return List.of(owner, spinner, newcomer, head, waiter, leaver);
    }

    /** A thread of the first process, in a slot of its own, that is made to end. */
    Actor doomed() {
        return first.actor("doomed").attach();
    }

    /** Another one, of the second process. */
    Actor doomedToo() {
        return second.actor("doomed").attach();
    }

    /** Further threads of the second process, to be detached after use. */
    Actor blocker(int i) {
        return second.actor("blocker" + i).attach();
    }

    /** The name of a lock that nobody has used yet. */
    String newLock() {
        return "L" + locks++;
    }

    /** The name of a lock that exists, of which no process has an object: who made it has left the region. */
    String lockOfNobody() {
        String name = newLock();
        try (LockRegion region = LockRegion.open(
                view.path(), RegionOptions.defaults().mapping(Mapping.PLAIN).createIfMissing(false))) {
            region.lock(name);
        }
        return name;
    }

    /** What the check of the region calls damage, as all stand now. */
    List<RegionReport.Finding> damage() {
        try (LockRegion region = LockRegion.open(
                view.path(), RegionOptions.defaults().mapping(Mapping.PLAIN).createIfMissing(false))) {
            return region.check().findings().stream()
                    .filter(finding -> finding.severity() == RegionReport.Severity.DAMAGE)
                    .toList();
        }
    }

    /** A path for another region, next to this one. */
    Path otherPath() {
        return Path.of(view.path() + ".other-" + locks);
    }

    boolean isSound() {
        return first.isAlive() && second.isAlive() && locks < MAX_LOCKS - 16;
    }

    @Override
    public void close() throws IOException {
        first.close();
        second.close();
        reclaimer.close();
    }
}
