package io.pvlock.tools.scorecard;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.tools.bench.Board;
import io.pvlock.tools.bench.Contender;
import io.pvlock.tools.bench.ContenderProvider.Place;
import io.pvlock.tools.bench.Contenders;
import java.io.IOException;
import java.nio.file.Path;

/** A lock of Java, in one process; used by the thread that has opened it. */
interface RivalLock {

    /** Takes it; whether it says that an owner has died. */
    boolean take();

    void unlock();

    /** Opens the one that the members at {@code directory} share. */
    static RivalLock open(String name, Path directory, int member) throws IOException {
        if (name.equals(Rival.PVLOCK.name())) {
            return new Ours(LockRegion.open(
                            directory.resolve("region"),
                            RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN))
                    .lock("scorecard"));
        }
        Board board = Board.open(directory.resolve("board-of-bench"), KillBoardDescriptor.MEMBERS);
        return new OfBench(Contenders.byName().get(name).open(name, new Place(directory, board, member)));
    }

    /** This lock, as its README says to use it. */
    final class Ours implements RivalLock {
        private final SharedLock lock;
        private LockGuard guard;

        private Ours(SharedLock lock) {
            this.lock = lock;
        }

        @Override
        public boolean take() {
            guard = lock.acquire();
            return guard.ownerDied();
        }

        @Override
        public void unlock() {
            if (guard.ownerDied()) {
                guard.markConsistent();
            }
            guard.close();
        }
    }

    /** None of them knows of deaths. */
    record OfBench(Contender lock) implements RivalLock {
        @Override
        public boolean take() {
            lock.lock();
            return false;
        }

        @Override
        public void unlock() {
            lock.unlock();
        }
    }
}
