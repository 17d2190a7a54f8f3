package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.kit.Await;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import io.pvlock.linux.Processes;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands at a region in which another process holds a lock, and is stopped or killed. */
@Timeout(600)
class CommandsIT {

    /** Holds "orders" until it is ended. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws Exception {
            try (LockRegion region =
                    LockRegion.open(Path.of(args[0]), RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN))) {
                SharedLock lock = region.lock("orders");
                try (LockGuard guard = lock.acquire()) {
                    Thread.sleep(guard.fencingToken() > 0 ? Long.MAX_VALUE : 0);
                }
            }
        }
    }

    @TempDir
    private Path directory;

    private Path file;
    private LockRegion region;
    private Process holder;

    @BeforeEach
    void hold() {
        file = directory.resolve("region.pvl");
        region = LockRegion.open(file, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
        holder = TestJvm.of(Holder.class).process(file);
        assertThat(Cli.run("wait", "--held", "orders", "-f", file, "-t", Await.WATCHDOG.toSeconds())
                        .status())
                .isZero();
    }

    @AfterEach
    void reap() throws Exception {
        holder.destroyForcibly().waitFor();
        region.close();
    }

    private int pid() {
        return (int) holder.pid();
    }

    @Test
    void aStoppedOwnerIsBroken() throws Exception {
        Processes.kill(pid(), Processes.SIGSTOP);
        Cli cli = Cli.run("break", "orders", "--yes", "--pid", pid(), "-f", file);
        assertThat(cli.status()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("CommandsIT$Holder " + file).containsPattern("alive +yes");
        try (LockGuard guard = region.lock("orders").acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            assertThat(guard.deadOwner())
                    .hasValueSatisfying(dead -> assertThat(dead.pid()).isEqualTo(pid()));
            guard.markConsistent();
        }
    }

    @Test
    void waitSeesThatAProcessIsGoneAndEventsFollowIt() throws Exception {
        CompletableFuture<Cli> gone = CompletableFuture.supplyAsync(() -> Cli.run("wait", "--gone", pid(), "-f", file));
        CompletableFuture<Cli> events =
                CompletableFuture.supplyAsync(() -> Cli.run("events", "--follow", "-n", 2, "-f", file, "--json"));
        assertThat(Cli.run("wait", "--gone", pid(), "-t", "0.05", "-f", file).status())
                .isEqualTo(1);
        holder.destroyForcibly().waitFor();
        assertThat(gone.get().status()).isZero();
        try (LockGuard guard = region.lock("orders").acquire()) {
            assertThat(guard.ownerDied()).isTrue();
            guard.markConsistent();
        }
        Cli followed = events.get();
        assertThat(followed.status()).isZero();
        Schema.check("events", followed);
        assertThat(followed.out()).contains("\"pid\":" + pid());
    }

    @Test
    void theLockOfADeadOwnerCanBeBrokenOnce() throws Exception {
        Processes.kill(pid(), Processes.SIGKILL);
        holder.waitFor();
        Cli cli = Cli.run("break", "orders", "--yes", "-f", file);
        assertThat(cli.status()).as(cli.err()).isZero();
        assertThat(cli.out()).containsPattern("alive +no: the next one takes over anyway");
        assertThat(Cli.run("break", "orders", "--yes", "-f", file).err()).contains("nobody holds 'orders'");
    }

    /** The clock of the holder, or of who looks, is a day ahead. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void agesAreRightAcrossTimeNamespaces(boolean holderIsAhead) throws Exception {
        List<String> ahead = List.of("unshare", "--time", "--monotonic", "86400", "--boottime", "86400");
        assumeTrue(Command.works(ahead, "true"), "may not make a time namespace (unshare --time)");
        holder.destroyForcibly().waitFor();
        try (LockGuard guard = region.lock("orders").acquire()) {
            guard.markConsistent();
        }
        long beginNs = System.nanoTime();
        holder = TestJvm.of(Holder.class)
                .under(holderIsAhead ? ahead : List.of())
                .process(file);
        Await.until("it holds the lock", () -> region.hold("orders").isPresent());
        Command who = TestJvm.of(Main.class)
                .under(holderIsAhead ? List.of() : ahead)
                .run("who", "orders", "--json", "-f", file);
        long lastedNs = System.nanoTime() - beginNs;
        assertThat(who.status()).as(who.output()).isZero();
        Map<?, ?> owner = (Map<?, ?>) JSON.std.mapFrom(who.out()).get("owner");
        assertThat(((Number) owner.get("heldForNs")).longValue()).isPositive().isLessThanOrEqualTo(lastedNs);
    }
}
