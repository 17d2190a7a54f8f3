package io.pvlock.tests.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.SharedCounter;
import io.pvlock.SharedLocalCounter;
import io.pvlock.SharedLocalData;
import io.pvlock.core.KillPoint;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Seeds;
import io.pvlock.tests.process.WithProcesses;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.AtomicBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes that are killed while they charge or count. */
@Timeout(value = 20, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CounterIT extends WithProcesses {

    private void start(int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            children.add(ObjectWorker.start(region));
        }
        for (ChildJvm child : children) {
            child.expect("ready");
        }
    }

    @Test
    void whoIsKilledChargesAllLevelsOrNone() throws InterruptedException {
        SharedCounter firm = region.region().counter("firm", 1_000, null);
        SharedCounter desk = region.region().counter("desk", 1_000, firm);
        SharedCounter trader = region.region().counter("trader", 1_000, desk);
        List<KillPoint> points =
                List.of(KillPoint.COUNTER_INTENT, KillPoint.COUNTER_COMMITTED, KillPoint.COUNTER_LEVEL_DONE);
        start(points.size());
        long charged = 0;
        for (int i = 0; i < points.size(); i++) {
            KillPoint point = points.get(i);
            children.get(i).ask("die-at " + point, "armed");
            children.get(i).send("charge 10");
            children.get(i).awaitExit();
            charged += point == KillPoint.COUNTER_INTENT ? 0 : 10;
            // The next one to come finishes it, or does not begin.
            assertThat(trader.tryCharge(1)).isEmpty();
            charged++;
            assertThat(List.of(trader.usage(), desk.usage(), firm.usage()))
                    .as("killed at %s", point)
                    .containsOnly(charged);
        }
        trader.uncharge(charged);
        assertThat(firm.usage()).isZero();
        assertThat(firm.watermark()).isEqualTo(charged);
        region.assertNobodyAliveHoldsOrWaits();
    }

    /** Whatever the killed were at, all levels have it or none: what is left at the leaves is what is left above them. */
    @Test
    void tradersKilledAtRandomLeaveTheLevelsEqual() throws InterruptedException {
        Random random = new Random(Seeds.of("CounterIT", 1));
        SharedCounter firm = region.region().counter("firm", 1_000, null);
        start(4);
        List<SharedCounter> traders = new ArrayList<>();
        for (int i = 0; i < children.size(); i++) {
            traders.add(region.region()
                    .counter("trader-" + i, 500, region.region().counter("desk-" + i % 2, 700, firm)));
            children.get(i).send("trade trader-" + i + " desk-" + i % 2 + " " + random.nextLong() + " 500");
        }
        for (ChildJvm victim : children.subList(0, 2)) {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(250));
            victim.kill();
        }
        for (ChildJvm survivor : children.subList(2, 4)) {
            survivor.expect("traded");
        }
        // The next one to come finishes what was begun.
        assertThat(firm.tryCharge(1)).isEmpty();
        firm.uncharge(1);
        List<Long> left = traders.stream().map(SharedCounter::usage).toList();
        System.out.println("left charged: " + left + ", at most " + firm.watermark());
        assertThat(left.subList(2, 4)).containsOnly(0L);
        for (int desk = 0; desk < 2; desk++) {
            assertThat(traders.get(desk).parent().orElseThrow().usage()).isEqualTo(left.get(desk));
        }
        assertThat(firm.usage()).isEqualTo(left.get(0) + left.get(1));
        assertThat(firm.watermark()).isBetween(1L, 1_000L);
        region.assertNobodyAliveHoldsOrWaits();
    }

    @Test
    void aPartWhoseOwnerIsKilledInItIsRepairedByWhoComesNext() throws InterruptedException {
        SharedLocalData local = ObjectWorker.localData(region.region());
        start(2);
        children.get(0).ask("local", "counting");
        children.get(1).ask("die-at CRITICAL_SECTION", "armed");
        children.get(1).send("local");
        children.get(1).awaitExit();
        children.get(0).kill();
        List<Long> counted = new ArrayList<>();
        local.each((vcpu, data) -> {
            assertThat(data.getLong(Long.BYTES)).isEqualTo(data.getLong(0));
            if (data.getLong(0) != 0) {
                counted.add(data.getLong(0));
            }
        });
        assertThat(counted).hasSize(2).contains(1L);
        region.assertNobodyAliveHoldsOrWaits();
    }

    /** Each adds 1 and then notes it: when it is killed, it has added as often as it noted, or once more. */
    @Test
    void whoIsKilledHasCountedOrNot() throws InterruptedException {
        Random random = new Random(Seeds.of("CounterIT", 1));
        SharedLocalCounter counter = region.region().localCounter("counter");
        AtomicBuffer data = region.region().data();
        start(3);
        for (int i = 0; i < children.size(); i++) {
            int at = i * Long.BYTES;
            children.get(i).send("count " + at);
            Await.until("counting", () -> data.getLongVolatile(at) > 0);
        }
        long drained = 0;
        for (ChildJvm child : children) {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(50));
            drained += counter.drain();
            child.kill();
        }
        long noted = 0;
        for (int i = 0; i < children.size(); i++) {
            noted += data.getLongVolatile(i * Long.BYTES);
        }
        assertThat(drained + counter.sum()).isBetween(noted, noted + children.size());
        region.assertNobodyAliveHoldsOrWaits();
    }
}
