package io.pvlock.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockKind;
import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two to eight processes, half of them with one mapping, half with the other, half of either with the queue in C, take one lock in every way there is and write
 * plain data under it. Nothing may be lost or torn, nobody may get stuck, and afterwards the region is as if nothing had
 * been.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class MixedLockingIT {

    private static final int PROCESSES = 8;

    /** Of each run: long enough for thousands of sleeps and kicks; everybody makes an entry, however long that takes. */
    private static final int MILLIS = Integer.getInteger("pvlock.test.millis", 500);

    private static final List<ChildJvm> WORKERS = new ArrayList<>();
    private static TestRegion region;
    private static int runs;

    @BeforeAll
    static void start() throws InterruptedException {
        region = new TestRegion();
        for (int i = 0; i < PROCESSES; i++) {
            Mapping mapping = i % 2 == 0 ? Mapping.CHRONICLE : Mapping.PLAIN;
            String numaNode = String.valueOf(i % 3 % 2);
            String queue = i / 2 % 2 == 0 ? "native" : "java";
            WORKERS.add(ChildJvm.startOptimizing(
                    List.of(), Worker.class, region.path().toString(), mapping.name(), numaNode, queue));
        }
        for (ChildJvm worker : WORKERS) {
            worker.expect("ready");
        }
    }

    @AfterAll
    static void stop() {
        WORKERS.forEach(ChildJvm::close);
        if (region != null) {
            region.close();
        }
    }

    static Stream<Arguments> settings() {
        return Stream.of(2, 4, 8)
                .flatMap(processes -> Stream.of(Policy.values())
                        .flatMap(policy -> Stream.of(WaitMode.values())
                                // More spinners than processors only wait for each other's time slices.
                                .filter(mode -> mode != WaitMode.SPIN || processes == 2)
                                .map(mode -> Arguments.of(processes, policy, mode))));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void paravirt(int processes, Policy policy, WaitMode mode) throws InterruptedException {
        run(processes, "kind=PV policy=" + policy + " wait=" + mode);
    }

    @ParameterizedTest
    @EnumSource(value = LockKind.class, mode = EnumSource.Mode.EXCLUDE, names = "PV")
    void otherKinds(LockKind kind) throws InterruptedException {
        run(2, "kind=" + kind);
    }

    private static void run(int processes, String options) throws InterruptedException {
        int number = runs++;
        long seed = Seeds.of("MixedLockingIT", PROCESSES * number);
        String run = "run lock=run-" + number + " " + options + " ledger=" + number * Ledger.LENGTH + " processes="
                + processes + " millis=" + MILLIS;
        for (int i = 0; i < processes; i++) {
            WORKERS.get(i).send(run + " seed=" + (seed + i));
        }
        long entries = 0;
        List<String> reports = new ArrayList<>();
        for (int i = 0; i < processes; i++) {
            WORKERS.get(i).expect("started");
            String done = WORKERS.get(i).expect("done");
            entries += Long.parseLong(done);
            reports.add(done);
        }
        System.out.println(run + " entries=" + reports);
        Ledger ledger = new Ledger(region.region().data(), number * Ledger.LENGTH);
        assertThat(ledger.counter()).as("entries").isEqualTo(entries);
        assertThat(ledger.tornSeen()).as("torn words seen").isZero();
        assertThat(ledger.isTorn()).as("words torn").isFalse();
        assertThat(ledger.staleTokens()).as("fencing tokens out of order").isZero();
        assertThat(ledger.lastToken()).isPositive();
        assertThat(region.info("run-" + number).deaths()).as("owners that died").isZero();
        region.assertClean();
        for (int i = 0; i < processes; i++) {
            WORKERS.get(i).ask("leave", "left");
        }
    }
}
