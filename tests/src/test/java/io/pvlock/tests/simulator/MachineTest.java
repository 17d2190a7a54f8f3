package io.pvlock.tests.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MachineTest {

    private static final Costs COSTS = Costs.guest().with("interruptFor", 0).with("wakeJitter", 0);
    private static final int BYTES = 4096;
    private static final long LONG_NS = 100_000_000;
    private static final long FOREVER = Long.MAX_VALUE / 2;

    private final List<String> order = new ArrayList<>();

    private static Machine machine(int processors) {
        return new Machine(new Topology(processors, 1), COSTS, BYTES, 1);
    }

    @Test
    void whatHappensFirst_isDoneFirst() {
        Machine machine = machine(2);
        SimMemory memory = SimMemory.of(machine, BYTES);
        machine.thread(me -> {
            machine.compute(500);
            memory.getAndAddInt(0, 1);
            order.add("late");
        });
        machine.thread(me -> {
            machine.compute(200);
            memory.getAndAddInt(0, 1);
            order.add("early");
            machine.compute(900);
            memory.getAndAddInt(0, 1);
            order.add("last");
        });
        machine.run(LONG_NS);
        assertThat(order).containsExactly("early", "late", "last");
        assertThat(memory.peekInt(0)).isEqualTo(3);
    }

    @Test
    void timeIsWhatTheCostsSay() {
        Machine machine = machine(1);
        SimMemory memory = SimMemory.of(machine, BYTES);
        machine.thread(me -> {
            long began = me.time;
            memory.getAndAddInt(0, 1);
            memory.getIntVolatile(0);
            machine.compute(1_000);
            memory.putIntRelease(0, 7);
            long now = machine.nowNs();
            order.add("" + (me.time - began));
            assertThat(now).isPositive();
        });
        machine.run(LONG_NS);
        assertThat(order)
                .containsExactly(
                        "" + (COSTS.sameNode() + COSTS.hit() + COSTS.atomic() + COSTS.hit() + 1_000 + COSTS.hit()));
    }

    @Test
    void aKickTakesItsTime_andTheSleeperLonger() {
        Machine machine = machine(2);
        SimThread[] sleeper = new SimThread[1];
        long[] kickedAt = new long[1];
        long[] ranAt = new long[1];
        machine.thread(me -> {
            sleeper[0] = me;
            machine.sleep(() -> true, FOREVER);
            ranAt[0] = me.time;
        });
        machine.thread(me -> {
            machine.compute(50_000);
            kickedAt[0] = me.time;
            machine.wake(sleeper[0]);
            order.add("" + (me.time - kickedAt[0]));
        });
        machine.run(LONG_NS);
        assertThat(order).containsExactly("" + COSTS.kickIdle());
        assertThat(ranAt[0] - kickedAt[0]).isEqualTo(COSTS.wakeIdle());
    }

    @Test
    void aSleepEndsByItself_andNotAtAllIfItIsNotWanted() {
        Machine machine = machine(1);
        machine.thread(me -> {
            long began = machine.nowNs();
            machine.sleep(() -> true, began + 80_000);
            order.add("" + (machine.nowNs() - began));
            began = machine.nowNs();
            machine.sleep(() -> false, FOREVER);
            order.add("" + (machine.nowNs() - began));
        });
        machine.run(LONG_NS);
        assertThat(order).containsExactly("" + (80_000 + COSTS.wakeIdle()), "" + COSTS.sleep());
    }

    /** What they have computed, with what their switches took, is the time of the processors. */
    @Test
    void processorsAreShared_andNoTimeIsLostOrMade() {
        int threads = 6;
        int processors = 2;
        long[] done = new long[threads];
        Machine machine = machine(processors);
        SimMemory memory = SimMemory.of(machine, BYTES);
        for (int i = 0; i < threads; i++) {
            int index = i;
            machine.thread(me -> {
                for (; ; ) {
                    machine.compute(10_000);
                    memory.getAndAddInt(64 * index, 1);
                    done[index] += 10_000 + COSTS.hit() + COSTS.atomic();
                }
            });
        }
        machine.run(LONG_NS);
        long all = 0;
        for (long own : done) {
            assertThat(own).isBetween(LONG_NS / 5, LONG_NS / 2);
            all += own;
        }
        assertThat(machine.preemptions()).isBetween(processors * LONG_NS / COSTS.slice() - 4, 50L);
        long accountedFor = all + machine.switches() * COSTS.switching() + threads * COSTS.sameNode();
        assertThat(accountedFor).isBetween(processors * (LONG_NS - 20_000), processors * (LONG_NS + 20_000));
    }

    @Test
    void whoIsPreemptedInTheMiddleComputesTheRestLater() {
        Machine machine = machine(1);
        SimMemory memory = SimMemory.of(machine, BYTES);
        long work = 3 * COSTS.slice() - 100_000;
        for (int i = 0; i < 2; i++) {
            machine.thread(me -> {
                machine.compute(work);
                memory.getAndAddInt(0, 1);
                order.add("" + me.time / COSTS.slice());
            });
        }
        machine.run(LONG_NS);
        assertThat(order).containsExactly("4", "5");
    }

    @Test
    void anIdleProcessorTakesWhoWaitsElsewhere() {
        Machine machine = machine(2);
        SimMemory memory = SimMemory.of(machine, BYTES);
        for (int i = 0; i < 3; i++) {
            int index = i;
            machine.thread(me -> {
                machine.compute(index == 1 ? 1_000 : 50_000_000);
                memory.getAndAddInt(0, 1);
                order.add(index + " on " + me.processor.index);
            });
        }
        machine.run(LONG_NS);
        assertThat(order.get(0)).isEqualTo("1 on 1");
        assertThat(order).containsExactlyInAnyOrder("1 on 1", "0 on 0", "2 on 1");
    }

    @Test
    void aFailureIsTold() {
        Machine machine = machine(1);
        machine.thread(me -> {
            throw new IllegalStateException("as it happens");
        });
        assertThatThrownBy(() -> machine.run(LONG_NS))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("as it happens");
    }

    @Test
    void sleepingForEverIsNoReasonToHang() {
        Machine machine = machine(1);
        machine.thread(me -> machine.sleep(() -> true, FOREVER));
        machine.run(LONG_NS);
        assertThat(machine.switches()).isEqualTo(1);
    }
}
