package io.pvlock.tools.scorecard;

import static io.pvlock.tools.scorecard.KillBoardDescriptor.DONE;
import static io.pvlock.tools.scorecard.KillBoardDescriptor.FAILED;
import static io.pvlock.tools.scorecard.KillBoardDescriptor.INSIDE;
import static io.pvlock.tools.scorecard.KillBoardDescriptor.MEMBERS;
import static io.pvlock.tools.scorecard.KillBoardDescriptor.READY;
import static io.pvlock.tools.scorecard.KillBoardDescriptor.WAITING;

import io.pvlock.linux.Processes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** One kill, and what the others had from it. Member 0 is the owner. */
final class Trial {

    /** From saying that it waits to sleeping in the lock; and between two that come one after the other. */
    private static final long SETTLE_MS = 10;

    private static final long STOP_MS = 300;
    private static final int WARM_PASSES = 3;
    private static final int MAX_RUN_US = 5000;

    private static final int OWNER = 0;

    private final RivalCrew crew;
    private final KillBoard board;
    private final Path victims;
    private final Random random;
    private final long patienceNs;

    /**
     * A trial with a crew that is assembled.
     *
     * @param victims the program in C; null where there is none
     */
    Trial(RivalCrew crew, Path victims, Random random, long patienceNs) {
        this.crew = crew;
        this.board = crew.board();
        this.victims = victims;
        this.random = random;
        this.patienceNs = patienceNs;
    }

    /** Empty if that cannot be shown here. After a bad verdict the crew is of no further use. */
    Optional<TrialResult> run(Kill kill) throws IOException, InterruptedException {
        return switch (kill) {
            case OWNER -> Optional.of(owner());
            case AT_RANDOM -> Optional.of(atRandom());
            case THREAD -> Optional.of(thread());
            case FIRST_WAITER -> Optional.of(waiter(1));
            case SECOND_WAITER -> Optional.of(waiter(2));
            case STOPPED -> Optional.of(stopped());
            case PID_AGAIN -> pidAgain();
        };
    }

    private TrialResult owner() throws InterruptedException {
        if (!hold("HOLD")) {
            return lost();
        }
        queue();
        long beginNs = System.nanoTime();
        crew.kill(OWNER);
        return afterwards(beginNs, Verdict.OK, 1, 2, 3);
    }

    private TrialResult thread() throws InterruptedException {
        board.victim(OWNER);
        if (!hold("LEAVE")) {
            return lost();
        }
        TimeUnit.MILLISECONDS.sleep(SETTLE_MS);
        long beginNs = System.nanoTime();
        queue();
        TrialResult result = afterwards(beginNs, Verdict.OK, 1, 2, 3);
        crew.kill(OWNER);
        return result;
    }

    private TrialResult waiter(int victim) throws InterruptedException {
        if (!hold("HOLD")) {
            return lost();
        }
        queue();
        crew.kill(victim);
        long beginNs = System.nanoTime();
        crew.tell(OWNER, "RELEASE");
        return afterwards(
                beginNs,
                Verdict.OK,
                IntStream.range(0, MEMBERS).filter(i -> i != victim).toArray());
    }

    private TrialResult stopped() throws InterruptedException {
        if (!hold("HOLD")) {
            return lost();
        }
        queue();
        crew.signal(OWNER, Processes.SIGSTOP);
        TimeUnit.MILLISECONDS.sleep(STOP_MS);
        crew.signal(OWNER, Processes.SIGCONT);
        long beginNs = System.nanoTime();
        crew.tell(OWNER, "RELEASE");
        return afterwards(beginNs, Verdict.KEPT, 0, 1, 2, 3);
    }

    private Optional<TrialResult> pidAgain() throws IOException, InterruptedException {
        if (victims == null) {
            return Optional.empty();
        }
        if (!hold("HOLD")) {
            return Optional.of(lost());
        }
        try (PidReuse reuse = new PidReuse(victims, crew.kill(OWNER))) {
            if (!reuse.works()) {
                return Optional.empty();
            }
            long beginNs = System.nanoTime();
            queue();
            return Optional.of(afterwards(beginNs, Verdict.OK, 1, 2, 3));
        }
    }

    private TrialResult atRandom() throws InterruptedException {
        for (int member = 0; member < MEMBERS; member++) {
            crew.tell(member, "LOOP");
        }
        RivalCrew.awaitOrThrow(
                "all have had the lock",
                () -> IntStream.range(0, MEMBERS).allMatch(member -> board.passes(member) >= WARM_PASSES));
        TimeUnit.MICROSECONDS.sleep(random.nextInt(MAX_RUN_US));
        int inside = random.nextBoolean() ? board.inside() : -1;
        int victim = inside < 0 ? random.nextInt(MEMBERS) : inside;
        crew.kill(victim);
        int[] survivors = IntStream.range(0, MEMBERS).filter(i -> i != victim).toArray();
        int[] before = Arrays.stream(survivors).map(board::passes).toArray();
        boolean goOn = RivalCrew.await(
                () -> IntStream.range(0, survivors.length).allMatch(i -> board.passes(survivors[i]) > before[i]),
                patienceNs);
        board.stop();
        goOn = goOn
                && RivalCrew.await(
                        () -> Arrays.stream(survivors).allMatch(member -> board.state(member) == READY), patienceNs);
        return result(goOn, Verdict.OK, OptionalLong.empty());
    }

    /** Whether the owner has it; it has half-written the data then. */
    private boolean hold(String command) {
        crew.tell(OWNER, command);
        return RivalCrew.await(() -> board.state(OWNER) == INSIDE, patienceNs);
    }

    /** The others come, one after the other. */
    private void queue() throws InterruptedException {
        for (int member = 1; member < MEMBERS; member++) {
            int next = member;
            crew.tell(next, "PASS");
            RivalCrew.awaitOrThrow("it asks for the lock", () -> board.state(next) >= WAITING);
            TimeUnit.MILLISECONDS.sleep(SETTLE_MS);
        }
    }

    /** Waits until these have had it and given it back. */
    private TrialResult afterwards(long beginNs, Verdict ifNothingHappened, int... members) {
        boolean ended = RivalCrew.await(
                () -> Arrays.stream(members).allMatch(member -> board.state(member) >= DONE), patienceNs);
        boolean goOn = ended && Arrays.stream(members).noneMatch(member -> board.state(member) == FAILED);
        OptionalLong first = Arrays.stream(members)
                .filter(member -> member != OWNER)
                .mapToLong(board::enteredNs)
                .filter(ns -> ns != 0)
                .map(ns -> Math.max(0, ns - beginNs))
                .min();
        return result(goOn, ifNothingHappened, first);
    }

    private TrialResult lost() {
        return result(false, Verdict.OK, OptionalLong.empty());
    }

    private TrialResult result(boolean goOn, Verdict ifNothingHappened, OptionalLong afterNs) {
        List<Verdict> verdicts = new ArrayList<>(List.of(ifNothingHappened));
        if (board.told() > 0) {
            verdicts.add(Verdict.TOLD);
        }
        if (board.untold() > 0) {
            verdicts.add(Verdict.FREE);
        }
        if (!goOn) {
            verdicts.add(Verdict.LOST);
        }
        if (board.overlaps() > 0) {
            verdicts.add(Verdict.TWO);
        }
        return new TrialResult(
                verdicts.get(verdicts.size() - 1), afterNs, board.told(), board.untold(), board.overlaps());
    }
}
