package io.pvlock.tests.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real locks on simulated processors. */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ContestTest {

    private static final Topology TWO = new Topology(2, 1);
    private static final Topology SOCKETS = new Topology(16, 2);
    private static final long SHORT_NS = 300_000;
    private static final long SLICES_NS = 20_000_000;
    private static final long SEED = 1;

    private static Stream<String> locks() {
        return Stream.of(
                "pv-fair",
                "pv-hybrid",
                "pv-throughput",
                "pv-numa",
                "pv-fair-spin",
                "pv-numa-spin",
                "pv-100us",
                "native",
                "mcs",
                "ticket",
                "tas",
                "robust");
    }

    private static Contest contest(Topology topology, int threads, String lock, long heldNs, long ns) {
        Costs costs = topology.nodes() == 1 ? Costs.guest() : Costs.server();
        return new Contest(topology, costs, threads, lock, heldNs, 500, 1, ns, SEED);
    }

    // ---- they exclude

    @ParameterizedTest
    @MethodSource("locks")
    void noIncrementIsLost(String lock) {
        for (Contest contest : List.of(
                contest(new Topology(6, 3), 6, lock, 0, SHORT_NS), contest(TWO, 5, lock, 2_000, SLICES_NS / 4))) {
            Contest.Result result = contest.run();
            assertThat(result.acquisitions()).as("%s", contest).isGreaterThan(30);
            // One may have stored and not got any further.
            assertThat(result.data() - result.counted()).as("%s", contest).isBetween(0L, 1L);
        }
    }

    @Test
    void withoutALockSomeAreLost() {
        Contest.Result result = contest(TWO, 2, "none", 0, SHORT_NS).run();
        assertThat(result.data()).isPositive().isLessThan(result.counted());
    }

    // ---- they are the same each time

    @ParameterizedTest
    @ValueSource(strings = {"pv-hybrid", "ticket"})
    void theSameSeed_theSameRun(String lock) {
        Contest contest = contest(TWO, 4, lock, 200, 1_000_000);
        assertThat(figures(contest.run())).isEqualTo(figures(contest.run()));
        Contest another = new Contest(TWO, Costs.guest(), 4, lock, 200, 500, 1, 1_000_000, SEED + 1);
        assertThat(figures(another.run())).isNotEqualTo(figures(contest.run()));
    }

    @ParameterizedTest
    @MethodSource("locks")
    void manyTurnsAsOneEvent_areTheSameAsOneByOne(String lock) {
        Contest contest = contest(new Topology(4, 2), 5, lock, 3_000, 400_000);
        Contest.Result quick = contest.run();
        Contest.Result slow = contest.runTurnByTurn();
        // But for what happens at the same instant, which may come in another order.
        assertThat(quick.lateTurns()).isLessThan(quick.counted() / 20 + 2);
        assertThat(slow.lateTurns()).isZero();
        assertThat((double) quick.counted() / slow.counted()).isBetween(0.95, 1.05);
    }

    private static List<Object> figures(Contest.Result result) {
        return List.of(
                result.acquisitions(),
                result.longestNs(),
                result.jain(),
                result.counted(),
                result.switches(),
                result.waits().getMean());
    }

    // ---- what the curves show

    private static double perSecond(Topology topology, int threads, String lock, long heldNs, long ns) {
        return contest(topology, threads, lock, heldNs, ns).run().perSecond();
    }

    /** As measured, docs/benchmarks/tables.md: the order with more processes than processors, and far apart. */
    @Test
    void theOrderIsThatOfTheMeasuredCells() {
        double ticket = perSecond(TWO, 8, "ticket-spin", 5_000, SLICES_NS);
        double fair = perSecond(TWO, 8, "pv-fair", 5_000, SLICES_NS);
        double hybrid = perSecond(TWO, 8, "pv-hybrid", 5_000, SLICES_NS);
        double robust = perSecond(TWO, 8, "robust", 5_000, SLICES_NS);
        assertThat(ticket).isLessThan(fair / 2);
        assertThat(fair).isLessThan(hybrid / 2);
        assertThat(hybrid).isBetween(0.8 * robust, 1.2 * robust);
        assertThat(fair).isBetween(0.1 * robust, 0.5 * robust);
    }

    /** The shape of CNA: a lock that stays on its node keeps its throughput, one in strict order pays for each hand-over. */
    @Test
    void aLockThatStaysOnItsNodeIsFaster() {
        Contest.Result mcs = contest(SOCKETS, 16, "mcs", 0, SHORT_NS).run();
        Contest.Result numa = contest(SOCKETS, 16, "pv-numa-spin", 0, SHORT_NS).run();
        Contest.Result fair = contest(SOCKETS, 16, "pv-fair-spin", 0, SHORT_NS).run();
        assertThat((double) mcs.remoteHandOvers() / mcs.acquisitions()).isGreaterThan(0.3);
        assertThat((double) numa.remoteHandOvers() / numa.acquisitions()).isLessThan(0.2);
        assertThat(numa.perSecond()).isGreaterThan(1.2 * fair.perSecond());
    }

    @Test
    void aLongerWayBetweenNodesShows() {
        Contest near = contest(SOCKETS, 16, "mcs", 0, SHORT_NS);
        Contest far = new Contest(SOCKETS, Costs.server().with("remote", 2_000), 16, "mcs", 0, 500, 1, SHORT_NS, SEED);
        assertThat(far.run().perSecond()).isLessThan(near.run().perSecond() / 2);
        Topology one = new Topology(16, 1);
        Contest oneNear = new Contest(one, Costs.server(), 16, "mcs", 0, 500, 1, SHORT_NS, SEED);
        Contest oneFar = new Contest(one, Costs.server().with("remote", 2_000), 16, "mcs", 0, 500, 1, SHORT_NS, SEED);
        assertThat(figures(oneFar.run())).as("there is no other node").isEqualTo(figures(oneNear.run()));
    }

    @Test
    void aSlowerWakeUpShowsWhereThereIsOne() {
        Contest fair = contest(TWO, 8, "pv-fair", 5_000, SLICES_NS);
        Contest slower =
                new Contest(TWO, Costs.guest().with("wakeIdle", 500_000), 8, "pv-fair", 5_000, 500, 1, SLICES_NS, SEED);
        assertThat(slower.run().perSecond()).isLessThan(fair.run().perSecond() * 0.8);
    }

    /** Each step of the overtake time buys throughput with a longer wait. */
    @Test
    void fairnessHasItsPrice() {
        Contest.Result fair = contest(TWO, 8, "pv-fair", 5_000, SLICES_NS).run();
        Contest.Result some = contest(TWO, 8, "pv-100us", 5_000, SLICES_NS).run();
        Contest.Result more = contest(TWO, 8, "pv-1600us", 5_000, SLICES_NS).run();
        assertThat(fair.perSecond()).isLessThan(some.perSecond());
        assertThat(some.perSecond()).isLessThan(more.perSecond());
        assertThat(some.longestNs()).isLessThan(more.longestNs());
    }
}
