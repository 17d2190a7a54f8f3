package io.pvlock.tools.bench;

import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * This lock, each policy with each wait mode: {@code pv-hybrid} waits AUTO, {@code pv-hybrid-park} sleeps at once, and so on. All
 * use an explicit vCPU, except {@code pv-lookup}, which finds it by the thread. {@code pv-100us} is {@code pv-hybrid} with another
 * overtake time.
 */
public final class PvContenders implements ContenderProvider {

    static final String LOOKUP = "pv-lookup";
    static final String PREFIX = "pv-";

    /** From one that is hardly more than FAIR's to one that is hardly less than THROUGHPUT's; HYBRID's own is 400. */
    private static final List<Integer> OVERTAKE_US = List.of(25, 100, 1_600, 6_400, 25_600);

    private LockRegion region;
    private Vcpu me;

    @Override
    public String family() {
        return "pv";
    }

    @Override
    public List<String> names() {
        List<String> names = new ArrayList<>();
        for (WaitMode mode : WaitMode.values()) {
            for (Policy policy : Policy.values()) {
                names.add(name(policy, mode));
            }
        }
        names.add(LOOKUP);
        return names;
    }

    @Override
    public List<String> namesOnRequest() {
        return OVERTAKE_US.stream().map(PvContenders::name).toList();
    }

    /** FAIR first: each of its acquisitions goes through all of the slow path. */
    @Override
    public List<String> warmUp() {
        return List.of(
                name(Policy.FAIR, WaitMode.AUTO),
                name(Policy.HYBRID, WaitMode.AUTO),
                name(Policy.THROUGHPUT, WaitMode.AUTO));
    }

    /** Of the one that is overtaken for {@code overtakeUs}. */
    static String name(int overtakeUs) {
        return PREFIX + overtakeUs + "us";
    }

    /** For how long, of those that have a time of their own. */
    static Optional<Duration> overtakeFor(String name) {
        return OVERTAKE_US.stream()
                .filter(us -> name.equals(name(us)))
                .findFirst()
                .map(us -> Duration.ofNanos(us * 1_000L));
    }

    static String name(Policy policy, WaitMode mode) {
        String name = PREFIX + policy.name().toLowerCase(Locale.ROOT);
        return mode == WaitMode.AUTO ? name : name + "-" + mode.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public Contender open(String name, Place place) {
        if (region == null) {
            region = openRegion(place.directory());
            me = region.attach();
        }
        if (name.equals(LOOKUP)) {
            return new LookedUp(region.lock(name));
        }
        Optional<Duration> time = overtakeFor(name);
        if (time.isPresent()) {
            return new Explicit(
                    region.lock(name, LockOptions.defaults().kind(LockKind.PV).overtakeFor(time.get())), me);
        }
        String[] words =
                name.substring(PREFIX.length()).toUpperCase(Locale.ROOT).split("-");
        LockOptions options = LockOptions.defaults().kind(LockKind.PV).policy(Policy.valueOf(words[0]));
        return new Explicit(
                region.lock(name, words.length == 1 ? options : options.waitMode(WaitMode.valueOf(words[1]))), me);
    }

    static LockRegion openRegion(Path directory) {
        return LockRegion.open(
                directory.resolve("region"),
                RegionOptions.defaults().maxProcesses(512).mapping(RegionOptions.Mapping.PLAIN));
    }

    /** The lock of a thread that knows its vCPU. */
    record Explicit(SharedLock shared, Vcpu me) implements Contender {
        @Override
        public void lock() {
            shared.lock(me);
        }

        @Override
        public void unlock() {
            shared.unlock(me);
        }
    }

    private record LookedUp(SharedLock shared) implements Contender {
        @Override
        public void lock() {
            shared.lock();
        }

        @Override
        public void unlock() {
            shared.unlock();
        }
    }
}
