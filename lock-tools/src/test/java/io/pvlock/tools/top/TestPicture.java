package io.pvlock.tools.top;

import io.pvlock.LockInfo;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockStats;
import io.pvlock.ObjectType;
import io.pvlock.OwnerInfo;
import io.pvlock.TimeSummary;
import io.pvlock.VcpuInfo;
import io.pvlock.WaiterInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Pictures of regions that nobody has. */
final class TestPicture {

    private TestPicture() {}

    static LockRow row(String name, int waiting, long heldNs) {
        return row(name, waiting, heldNs, 4321);
    }

    static LockRow row(String name, int waiting, long heldNs, long contended) {
        Optional<OwnerInfo> owner = heldNs == 0
                ? Optional.empty()
                : Optional.of(new OwnerInfo(
                        1, 4711, 4712, "main", "java", true, Optional.of(Duration.ofNanos(heldNs)), false));
        LockInfo lock = new LockInfo(
                name,
                ObjectType.LOCK,
                LockKind.PV,
                LockOptions.Policy.HYBRID,
                LockOptions.Policy.HYBRID.overtakeFor(),
                owner,
                waiting,
                false,
                true,
                0,
                7,
                Map.of(),
                new LockStats(
                        1_234_567,
                        contended,
                        99,
                        5,
                        0,
                        new TimeSummary(4321, 1_200, 340_000, 12_000_000),
                        new TimeSummary(50, 900, 8_000, 90_000)));
        return new LockRow(lock, 12_345.6, 0.0125);
    }

    static Picture of(LockRow... rows) {
        return new Picture(
                Path.of("/dev/shm/test.pvl"),
                Instant.parse("2026-11-29T08:09:10Z"),
                List.of(rows),
                List.of(new VcpuInfo(2, 99, 100, "the waiter", "cat", "attached", true, Optional.of("b"), Map.of())),
                Map.of("lock_slowpath", 12.5, "pv_wait_node", 3.0, "pv_wait_head", 4.0, "owner_died", 1.0),
                Optional.empty());
    }

    static Picture many(int count) {
        List<LockRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(row(String.format("lock-%04d", i), 0, 0));
        }
        return of(rows.toArray(LockRow[]::new));
    }

    static Picture closely(LockRow row) {
        Picture list = of(row);
        WaiterInfo waiter =
                new WaiterInfo(0, 2, 99, 100, "the waiter", WaiterInfo.State.HASHED, true, Duration.ofMillis(12));
        return new Picture(
                list.region(),
                list.at(),
                list.rows(),
                list.vcpus(),
                list.eventRates(),
                Optional.of(
                        new Picture.Detail(row, List.of(), List.of(waiter), Optional.of("java -jar x.jar\033[8m"))));
    }
}
