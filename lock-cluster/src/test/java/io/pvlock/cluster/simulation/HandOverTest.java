package io.pvlock.cluster.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.cluster.agent.AgentSettings;
import io.pvlock.cluster.agent.ClusterPaths;
import io.pvlock.cluster.history.History;
import io.pvlock.cluster.lease.Grant;
import io.pvlock.cluster.lease.HandoffBudget;
import io.pvlock.cluster.lease.HostLease;
import io.pvlock.cluster.lease.LeaseGate;
import io.pvlock.cluster.lease.LeaseState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a lock goes from one host to the next when nothing fails. */
class HandOverTest {

    private static final long MS = World.MS;
    private static final HandoffBudget BUDGET = new HandoffBudget(20 * MS, 100);

    private final World world = new World(14);
    private final FakeCluster cluster = new FakeCluster(world, 6_000 * MS, 500 * MS, () -> {});
    private final SimHost first = host("first");
    private final SimHost second = host("second");
    private final LeaseGate firstGate = gate(first);
    private final LeaseGate secondGate = gate(second);

    private SimHost host(String name) {
        SimHost host =
                new SimHost(world, cluster, new AgentSettings(new ClusterPaths("sim"), BUDGET, 500 * MS, 0), name);
        // Whoever uses the gate has the local lock.
        host.local.take(new SimLocker(world, host, new History(), BUDGET, Plant.NOTHING, "locker"));
        return host;
    }

    private static LeaseGate gate(SimHost host) {
        return new LeaseGate(host.words, host.lease, BUDGET, host, host);
    }

    @BeforeEach
    void join() {
        first.startAgent();
        second.startAgent();
        pass(100);
    }

    private void pass(long ms) {
        world.runUntil(world.now() + ms * MS);
    }

    /** Of one that has joined after the others. */
    private LeaseGate thirdHost() {
        SimHost third = host("third");
        third.startAgent();
        pass(100);
        return gate(third);
    }

    private Grant take(LeaseGate gate) {
        for (int i = 0; i < 500; i++) {
            Grant grant = gate.tryGrant();
            if (grant != null) {
                return grant;
            }
            pass(1);
        }
        throw new AssertionError("not granted; the lease is " + gate.words().state());
    }

    /** It has asked, and the other one has heard of it. */
    private static boolean waits(LeaseGate gate) {
        return gate.tryGrant() == null;
    }

    @Test
    void whoReleases_passesItOn_andTheNextOneWritesNothing() {
        Grant before = take(firstGate);
        assertThat(waits(secondGate)).isTrue();
        pass(200);
        assertThat(firstGate.release(before, () -> true)).isTrue();
        Grant after = take(secondGate);
        assertThat(after.token()).isGreaterThan(before.token());
        assertThat(after.ownerDied()).isFalse();
        assertThat(second.commits()).isZero();
        assertThat(first.lease.state()).isEqualTo(LeaseState.IDLE);
    }

    @Test
    void whatIsNotRepaired_goesWithIt() {
        take(firstGate);
        firstGate.clearDead();
        Grant before = take(firstGate);
        assertThat(before.ownerDied()).isTrue();
        assertThat(waits(secondGate)).isTrue();
        pass(200);
        firstGate.release(before, () -> true);
        assertThat(take(secondGate).ownerDied()).isTrue();
    }

    /** As after the cluster has lost its memory, and only one host remembers how far it had counted. */
    @Test
    void whoRemembersGreaterTokens_getsAGreaterOne() {
        Grant before = take(firstGate);
        long remembered = before.token() + (1000L << Grant.SERIAL_BITS);
        HostLease lease = new HostLease(second.lease, second);
        lease.acquire();
        lease.granted(remembered >> Grant.SERIAL_BITS, false, false, second.nowNs());
        lease.lose();
        assertThat(waits(secondGate)).isTrue();
        pass(200);
        firstGate.release(before, () -> true);
        Grant after = take(secondGate);
        assertThat(after.token()).isGreaterThan(remembered);
        assertThat(after.ownerDied()).isFalse();
    }

    @Test
    void whoHasGoneMeanwhile_isPassedOver() {
        Grant before = take(firstGate);
        assertThat(waits(secondGate)).isTrue();
        pass(200);
        LeaseGate thirdGate = thirdHost();
        assertThat(waits(thirdGate)).isTrue();
        pass(100);
        second.killAgent();
        pass(10_000);
        assertThat(firstGate.release(before, () -> true)).isTrue();
        Grant after = take(thirdGate);
        assertThat(after.token()).isGreaterThan(before.token());
        assertThat(after.ownerDied()).isFalse();
    }

    /** Its place is deleted in the instant of the release: the transaction that passes the lock on to it is refused. */
    @Test
    void whoHasGoneUnseen_isPassedOver_andComesAgain() {
        Grant before = take(firstGate);
        assertThat(waits(secondGate)).isTrue();
        pass(200);
        LeaseGate thirdGate = thirdHost();
        assertThat(waits(thirdGate)).isTrue();
        pass(200);
        int commits = first.commits();
        String queue = new ClusterPaths("sim").queue(SimHost.LOCK);
        String next = cluster.children(queue, null).stream()
                .filter(name -> name.startsWith("second"))
                .findFirst()
                .orElseThrow();
        cluster.delete(queue + "/" + next);
        assertThat(firstGate.release(before, () -> true)).isTrue();
        Grant after = take(thirdGate);
        assertThat(first.commits() - commits).as("refused, and made again").isEqualTo(2);
        assertThat(after.token()).isGreaterThan(before.token());
        assertThat(after.ownerDied()).isFalse();
        pass(200);
        assertThat(thirdGate.release(after, () -> true)).isTrue();
        assertThat(take(secondGate).token()).isGreaterThan(after.token());
    }
}
