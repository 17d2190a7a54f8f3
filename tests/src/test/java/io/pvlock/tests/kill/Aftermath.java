package io.pvlock.tests.kill;

import io.pvlock.core.KillPoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The victim's death, and what must be true after it: all others get the lock, are told of the death if an owner died
 * and only then, and only until one of them has repaired; nothing that the dead left is in anybody's way.
 */
final class Aftermath {

    private static final int SIGKILLED = 128 + 9;
    private static final int ROUNDS = 10;

    /** Where one who dies owes others a wake-up that nobody else may know of: the bound of their sleep saves them. */
    private static final Set<KillPoint> OWES_WAKE_UP =
            EnumSet.of(KillPoint.DEATH_SEEN, KillPoint.DEATH_MARKED, KillPoint.ENTRY_TAKEN, KillPoint.KICK_PUBLISHED);

    /** One who got the lock: its fencing token says in which order. */
    private record Got(Actor actor, boolean told, long token) {
        static Got parse(Actor actor, String answer) {
            String[] words = answer.split(" ");
            return new Got(actor, Boolean.parseBoolean(words[1]), Long.parseLong(words[2]));
        }
    }

    private final Stage stage;
    private final Survivors survivors;
    private final Second second;
    private KillPoint secondDiedAt;

    Aftermath(Stage stage) {
        this.stage = stage;
        this.survivors = stage.survivors;
        this.second = stage.second;
    }

    /**
     * Lets the victim die where it stands.
     *
     * @param nth if there is a second victim in another process: at how many points that it comes to from then on it
     * dies
     * @return the point at which it did, if it has come so far
     */
    Optional<KillPoint> play(int nth) {
        try {
            die(nth);
            List<Got> got = others();
            if (!stage.givenUp) {
                repair(checkTold(got));
                furtherRounds();
                queueOnceEach();
                Stage.check(stage.view.cell(stage.cell) == 0, "I8: the cell is not 0 though nobody is there");
            }
            checkClean();
            return Optional.ofNullable(secondDiedAt);
        } catch (AssertionError e) {
            throw new AssertionError("after the death: " + e.getMessage() + "\n" + stage.view.describe(stage.cell), e);
        }
    }

    private void die(int nth) {
        if (second != null && !second.diesWith(stage.victim)) {
            second.actor().armAny(nth);
        }
        stage.victim.die();
        checkKilled(stage.victim);
    }

    private static void checkKilled(Actor actor) {
        int status = actor.jvm().awaitEnd();
        Stage.check(status == SIGKILLED, actor + " ended with status " + status + ", not by SIGKILL");
    }

    // Everybody who is on the way to the lock, and one who comes only now.
    private List<Got> others() {
        stage.pass(stage.newcomer == stage.holder ? stage.leaver : stage.newcomer, "PARK");
        stage.frozen.forEach(Actor::thaw);
        if (stage.holder != null) {
            stage.holder.send("drop " + stage.lock);
            answer(stage.holder, "dropped");
        }
        if (stage.needsBound) {
            stage.view.endSleeps();
        }
        stage.afterDeath.forEach(Runnable::run);
        List<Got> got = new ArrayList<>();
        for (Actor actor : secondFirst(stage.pending)) {
            answer(actor, stage.givenUp ? "unrecoverable" : "held")
                    .filter(answer -> !stage.givenUp)
                    .ifPresent(answer -> got.add(Got.parse(actor, answer)));
        }
        if (second != null) {
            // At the latest here: it may not have come to its point.
            second.actor().jvm().close();
        }
        got.sort(Comparator.comparingLong(Got::token));
        return got;
    }

    // The others may wait for what its death brings about.
    private List<Actor> secondFirst(List<Actor> actors) {
        return actors.stream()
                .sorted(Comparator.comparing(actor -> second == null || actor != second.actor()))
                .toList();
    }

    // Empty if it is the second victim's, which has died instead.
    private Optional<String> answer(Actor actor, String expected) {
        String answer = stage.answer(actor);
        if (second != null && actor == second.actor()) {
            if (answer.startsWith("at ")) {
                secondDiedAt = KillPoint.valueOf(answer.substring(3));
                answer = actor.answer();
            }
            if (answer.equals(KillJvm.END)) {
                checkKilled(actor);
                if (OWES_WAKE_UP.contains(secondDiedAt)) {
                    stage.view.endSleeps();
                }
                return Optional.empty();
            }
        }
        Stage.check(
                answer.startsWith(expected),
                actor + " answers '" + answer + "', not '" + expected + "'"
                        + actor.jvm().printed());
        return Optional.of(answer);
    }

    // Whether the next one must be told; empty if it may. A second victim may have died as owner
    // at any time: from then on all are told.
    private Optional<Boolean> checkTold(List<Got> got) {
        boolean told = stage.told;
        for (Got one : got) {
            Stage.check(
                    one.told() == told || second != null && one.told(),
                    one.actor() + " got the lock and was " + (one.told() ? "" : "not ") + "told of a death");
            told = one.told();
        }
        return told || second == null ? Optional.of(told) : Optional.empty();
    }

    // Who comes next is told as long as nobody has repaired, and not any more afterwards.
    private void repair(Optional<Boolean> expected) {
        Actor next = survivors.owner;
        boolean told = Got.parse(next, next.send(stage.take()).expect("held")).told();
        Stage.check(expected.orElse(told) == told, next + " came later and was " + (told ? "" : "not ") + "told");
        if (told) {
            next.send("repair " + stage.lock).expect("repaired");
        }
        Stage.drop(next, stage.lock);
        next.send(stage.take()).expect("held false");
        Stage.drop(next, stage.lock);
    }

    private void furtherRounds() {
        for (Actor actor : survivors.all()) {
            actor.send("rounds " + stage.lock + " PARK " + ROUNDS);
        }
        for (Actor actor : survivors.all()) {
            actor.expect("rounds " + ROUNDS + " 0");
        }
    }

    // Everybody hands the headship on once, and so takes back what others, who died, owed it.
    private void queueOnceEach() {
        stage.pending.clear();
        stage.hold(survivors.owner);
        survivors.all().stream().filter(actor -> actor != survivors.owner).forEach(stage::sleep);
        stage.drop();
        expectAllHeld();
        stage.hold(survivors.head);
        stage.sleep(survivors.owner);
        stage.drop();
        expectAllHeld();
    }

    private void expectAllHeld() {
        stage.pending.forEach(actor -> actor.expect("held false"));
        stage.pending.clear();
    }

    private void checkClean() {
        for (Actor actor : survivors.all()) {
            Stage.check(stage.view.hasOnlyFreeNodes(actor.vcpu()), "I8: a node of " + actor + " is not FREE");
            Stage.check(!stage.view.isHashed(stage.cell, actor.vcpu()), "I8: " + actor + " is still in the hash");
        }
        int processes = survivors.reclaimer.registry().processes().othersAlive();
        Stage.check(processes == Survivors.PROCESSES, processes + " processes are said to be alive");
        survivors.reclaimer.reclaimDead();
        List<Integer> inUse = stage.view.slotsInUse();
        List<Integer> alive = survivors.all().stream().map(Actor::vcpu).sorted().toList();
        Stage.check(
                inUse.equals(alive), "slots " + inUse + " are in use after reclaiming, but only " + alive + " live");
        survivors.reclaimer.attachAndDetach(Survivors.MAX_VCPUS - alive.size());
    }
}
