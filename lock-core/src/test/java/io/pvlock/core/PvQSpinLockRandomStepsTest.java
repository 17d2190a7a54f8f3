package io.pvlock.core;

import io.pvlock.core.testing.Actor;
import io.pvlock.core.testing.StepDriver;
import io.pvlock.kit.Seeds;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random schedules: who moves next, and to which kill point or access to the memory, who gives up, wakes for no reason, dies, and when that is noticed, is drawn
 * from a seed. {@code -Dpvlock.test.seed=N} starts with schedule N, {@code -Dpvlock.test.flags=-Dpvlock.schedules=N} plays that many.
 */
@Timeout(900)
class PvQSpinLockRandomStepsTest {

    private static final long SEED = Seeds.of("PvQSpinLockRandomStepsTest", 1);
    private static final int SCHEDULES = Integer.getInteger("pvlock.schedules", 1_000);
    private static final int MOVES = 150;

    @Test
    void survivorsFinishWhateverHappens() {
        for (long seed = SEED; seed < SEED + SCHEDULES; seed++) {
            try {
                new Schedule(new Random(seed)).play();
            } catch (AssertionError e) {
                throw new AssertionError("replay with -Dpvlock.test.seed=" + seed + "\n" + e.getMessage(), e);
            }
        }
    }

    private static final class Schedule {
        private final Random random;
        private final StepDriver driver;
        private final int locks;
        private final boolean everyAccess;
        private int deathsLeft;

        Schedule(Random random) {
            this.random = random;
            this.everyAccess = random.nextBoolean();
            this.locks = 1 + random.nextInt(2);
            this.deathsLeft = random.nextInt(3);
            WaitPolicy[] policies = {
                StepDriver.FAIR,
                StepDriver.THROUGHPUT,
                StepDriver.NUMA,
                StepDriver.NAPPING,
                new WaitPolicy(1, 0, 0, false)
            };
            this.driver = new StepDriver(3 + random.nextInt(2), locks, policies[random.nextInt(policies.length)]);
            for (int i = 0; i < driver.actorCount(); i++) {
                driver.actor(i).participant().numaNode(i % 2);
            }
        }

        void play() {
            try (driver) {
                for (int move = 0; move < MOVES; move++) {
                    move(driver.actor(random.nextInt(driver.actorCount())));
                }
                driver.finishAndCheckClean();
            }
        }

        private void move(Actor actor) {
            int dice = random.nextInt(100);
            if (actor.isGone()) {
                if (dice < 30 && !driver.isDead(actor.index())) {
                    driver.announceDeath(actor);
                }
            } else if (dice < 2 && deathsLeft > 0) {
                deathsLeft--;
                actor.vanish();
            } else if (dice == 2 && actor.throwThere()) {
                actor.runUntil(point -> true);
            } else if (actor.isIdle()) {
                begin(actor);
            } else if (dice < 8 && actor.isInterruptible()) {
                actor.interrupt();
            } else if (dice < 12) {
                actor.kick();
            } else if (dice < 16) {
                driver.call(actor, random.nextInt(locks));
            } else if (actor.isRunnable() || dice < 20 && actor.awaitsTime()) {
                // Mostly a few steps, sometimes to the end.
                int steps = random.nextInt(10) == 0 ? Integer.MAX_VALUE : 1 + random.nextInt(everyAccess ? 25 : 6);
                int[] left = {steps};
                actor.runUntil(point -> (everyAccess || point != null) && --left[0] <= 0);
            }
        }

        private void begin(Actor actor) {
            List<Integer> held = IntStream.range(0, locks)
                    .filter(cell -> driver.holder(cell) == actor.index())
                    .boxed()
                    .toList();
            // In ascending order only: a deadlock of the test's own making proves nothing.
            int next = held.isEmpty() ? random.nextInt(locks) : held.get(held.size() - 1) + 1;
            if (!held.isEmpty() && (next == locks || random.nextInt(3) > 0)) {
                actor.unlock(held.get(random.nextInt(held.size())));
                return;
            }
            switch (random.nextInt(5)) {
                case 0 -> actor.tryLock(next);
                case 1 -> actor.lock(next);
                default -> actor.lockInterruptibly(next);
            }
        }
    }
}
