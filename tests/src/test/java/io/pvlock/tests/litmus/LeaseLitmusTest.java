package io.pvlock.tests.litmus;

import static io.pvlock.tests.litmus.Litmus.Order.ACQUIRE;
import static io.pvlock.tests.litmus.Litmus.Order.PLAIN;
import static io.pvlock.tests.litmus.Litmus.Order.RELEASE;
import static io.pvlock.tests.litmus.Litmus.Order.VOLATILE;
import static io.pvlock.tests.litmus.Litmus.code;
import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.tests.litmus.Litmus.Code;
import io.pvlock.tests.litmus.Litmus.Order;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The pairs of docs/ordering.md between the agent of a host and its lockers. */
class LeaseLitmusTest {

    private static List<Map<String, Integer>> find(Predicate<Map<String, Integer>> forbidden, Code... threads) {
        return Litmus.outcomes(forbidden, Map.of(), threads);
    }

    // ---- P38: session 1 takes the place of session 0

    private static final Predicate<Map<String, Integer>> OLD_GRANT_NEW_DEADLINE =
            o -> o.get("deadline") == 1 && o.get("number") == 0;

    private static Code nextSession(Order deadline) {
        return code().store("number", 1, PLAIN).store("deadline", 1, deadline);
    }

    @Test
    void p38ADeadlineIsNotTakenForThatOfAnEarlierSession() {
        Code reader = code().load("deadline", ACQUIRE, "deadline").load("number", "number");
        assertThat(find(OLD_GRANT_NEW_DEADLINE, nextSession(RELEASE), reader)).isEmpty();
        assertThat(find(OLD_GRANT_NEW_DEADLINE, nextSession(PLAIN), reader)).isNotEmpty();
    }

    @Test
    void p38TheNumberIsReadAfterTheDeadline() {
        Code reader = code().load("number", VOLATILE, "number").load("deadline", VOLATILE, "deadline");
        assertThat(find(OLD_GRANT_NEW_DEADLINE, nextSession(VOLATILE), reader)).isNotEmpty();
    }

    // ---- P40 and P41: who sleeps at a bell compares it with what it read first

    private static final Predicate<Map<String, Integer>> SLEEPS_FOR_EVER =
            o -> o.get("bell") == 1 && o.get("control") == 0;

    private static final Code RINGER = code().store("control", 1, VOLATILE).compareAndSet("bell", 0, 1, "rung");

    @Test
    void p40WhoHasHeardTheBellSeesWhatItRangFor() {
        Code waiter = code().load("bell", VOLATILE, "bell").load("control", VOLATILE, "control");
        assertThat(find(SLEEPS_FOR_EVER, RINGER, waiter)).isEmpty();
    }

    @Test
    void p40TheBellIsReadBeforeTheLook() {
        Code waiter = code().load("control", VOLATILE, "control").load("bell", VOLATILE, "bell");
        assertThat(find(SLEEPS_FOR_EVER, RINGER, waiter)).isNotEmpty();
    }
}
