package io.pvlock.tools.bench;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * This lock again, in processes that watch it in one way each: {@code pv-hybrid-uncounted}, {@code pv-hybrid-counted} and so on.
 * {@code pv-acquire} is the lock by its guard.
 */
final class StatisticsContenders implements ContenderProvider {

    private static final String ACQUIRE = PvContenders.PREFIX + "acquire";

    /** How processes watch their locks. */
    enum Watching {
        UNCOUNTED("-Dpvlock.statistics=false"),
        /** What a program has that asks for nothing. */
        COUNTED,
        /** Each wait is an event, too, and those of 10 ms and longer are written; of the JDK's own events there are none. */
        RECORDED("-XX:StartFlightRecording=settings=none", "-Xlog:jfr*=off");

        private final List<String> flags;

        Watching(String... flags) {
            this.flags = List.of(flags);
        }

        String suffix() {
            return "-" + name().toLowerCase(Locale.ROOT);
        }
    }

    private final Watching watching;
    private final PvContenders locks = new PvContenders();
    private LockRegion region;
    private Vcpu me;

    StatisticsContenders(Watching watching) {
        this.watching = watching;
    }

    @Override
    public String family() {
        return locks.family() + watching.suffix();
    }

    @Override
    public List<String> names() {
        return List.of();
    }

    @Override
    public List<String> namesOnRequest() {
        return Stream.concat(locks.names().stream(), Stream.of(ACQUIRE))
                .map(name -> name + watching.suffix())
                .toList();
    }

    @Override
    public List<String> warmUp() {
        return locks.warmUp().stream().map(name -> name + watching.suffix()).toList();
    }

    @Override
    public List<String> jvmFlags() {
        return watching.flags;
    }

    @Override
    public Contender open(String name, Place place) throws IOException {
        String lock = name.substring(0, name.length() - watching.suffix().length());
        if (!lock.equals(ACQUIRE)) {
            return locks.open(lock, place);
        }
        if (region == null) {
            region = PvContenders.openRegion(place.directory());
            me = region.attach();
        }
        return new Guarded(region.lock(lock), me);
    }

    private static final class Guarded implements Contender {

        private final SharedLock shared;
        private final Vcpu me;
        private LockGuard guard;

        Guarded(SharedLock shared, Vcpu me) {
            this.shared = shared;
            this.me = me;
        }

        @Override
        public void lock() {
            guard = shared.acquire(me);
        }

        @Override
        public void unlock() {
            guard.close();
        }
    }
}
