package io.pvlock.nativec;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.OwnerInfo;
import io.pvlock.RegionOptions;
import io.pvlock.RegionView;
import io.pvlock.SharedLock;
import io.pvlock.kit.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code pvlock-run} and this JVM at one lock, and {@code ./pvlock run}. What a command sees of it is tested in C: {@code test/run}. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RunTest {

    @TempDir
    private Path directory;

    private Path file;
    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void nameFile() {
        CBuild.assumeThere();
        file = directory.resolve("region.pvl");
    }

    @AfterEach
    void reap() throws InterruptedException {
        for (Process process : started) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void whatThisJvmHoldsIsBusy() throws Exception {
        try (LockRegion region = LockRegion.open(file)) {
            try (LockGuard guard = region.lock("name").acquire()) {
                assertThat(guard.ownerDied()).isFalse();
                // Another thread of ours might give it back: it is not held for the command already.
                assertThat(status("-n", "name", "true")).isEqualTo(1);
            }
            assertThat(status("-n", "name", "true")).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-F", "--fork"})
    void whatACommandHoldsIsSeenWithItsCommandLine(String form) throws Exception {
        Process command = hold(form);
        try (LockRegion region = LockRegion.open(file);
                RegionView view = LockRegion.openForReading(file)) {
            assertThat(region.lock("name").tryLock()).isFalse();
            OwnerInfo owner = view.locks().get(0).owner().orElseThrow();
            assertThat(owner.command()).isEqualTo("sh -c echo; read -r line; exit 3");
            assertThat(owner.pid()).isEqualTo((int) command.pid());
            assertThat(owner.alive()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-F", "--fork"})
    void itsEndIsNotADeath(String form) throws Exception {
        Process command = hold(form);
        command.getOutputStream().close();
        assertThat(command.waitFor()).isEqualTo(3);
        assertThat(ownerDied()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-F", "--fork"})
    void thatItIsKilledIsADeath(String form) throws Exception {
        Process command = hold(form);
        command.destroyForcibly();
        assertThat(command.waitFor()).isEqualTo(128 + 9);
        command.descendants().forEach(ProcessHandle::destroyForcibly);
        command.getOutputStream().close();
        assertThat(ownerDied()).isTrue();
    }

    @Test
    void ourDeathIsToldToTheNextCommand() throws Exception {
        try (LockRegion region = LockRegion.open(file)) {
            Thread dying = new Thread(() -> region.lock("name").acquire());
            dying.start();
            dying.join();
            Process process = start(
                    CBuild.program("pvlock-run"), "-f", "" + file, "--env", "name", "-c", "echo $PVLOCK_OWNER_DIED");
            assertThat(process.inputReader().readLine()).isEqualTo("1");
            assertThat(process.errorReader().readLine())
                    .startsWith("pvlock: a holder of lock 'name' (pid "
                            + ProcessHandle.current().pid() + ") died holding it");
            assertThat(process.waitFor()).isZero();
            // Given back a moment after the end was seen.
            assertThat(region.lock("name")
                            .tryAcquire(1, TimeUnit.HOURS)
                            .orElseThrow()
                            .ownerDied())
                    .isFalse();
        }
    }

    /** A lock that is removed and made again may come before others in everybody's order: they are not held while it is waited for. */
    @Test
    void aRemovedLockMadeAgainIsTakenInItsNewPlace() throws Exception {
        RegionOptions three = RegionOptions.defaults().maxLocks(3);
        try (LockRegion region = LockRegion.open(file, three)) {
            region.lock("first");
        }
        try (LockRegion region = LockRegion.open(file)) {
            SharedLock second = region.lock("second");
            region.lock("third");
            second.lock();
            Process process = start(CBuild.program("pvlock-run"), "-f", "" + file, "--also", "third", "second", "true");
            Await.until("the command waits", second::hasQueuedThreads);
            region.remove("third");
            region.remove("first");
            // Has the only place that is free, that of the one made first: the command has looked up the old third.
            SharedLock third = region.lock("third");
            third.lock();
            second.unlock();
            Await.until("the command waits again", third::hasQueuedThreads);
            assertThat(second.tryLock()).isTrue();
            second.unlock();
            third.unlock();
            assertThat(process.waitFor()).isZero();
        }
    }

    /** By the script of the command line, which builds it first if need be: it adds nothing to the environment. */
    @Test
    void theScriptAddsNothing() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                "/usr/bin/env",
                "-i",
                "A=1",
                "B=x y",
                "SHLVL=7",
                script(),
                "-f",
                "" + file,
                "run",
                "name",
                "--",
                "/usr/bin/env");
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        started.add(process);
        assertThat(process.inputReader().lines()).containsExactly("A=1", "B=x y", "SHLVL=7");
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void theScriptShowsHelp() throws Exception {
        Process process = start(script(), "run", "--help");
        assertThat(process.inputReader().readLine()).startsWith("Usage: pvlock run [OPTIONS] NAME");
    }

    private boolean ownerDied() throws InterruptedException {
        try (LockRegion region = LockRegion.open(file)) {
            Optional<LockGuard> guard = region.lock("name").tryAcquire(1, TimeUnit.HOURS);
            try (LockGuard held = guard.orElseThrow()) {
                return held.ownerDied();
            }
        }
    }

    private Process hold(String form) throws IOException {
        Process command = start(
                CBuild.program("pvlock-run"), "-f", "" + file, form, "name", "sh", "-c", "echo; read -r line; exit 3");
        BufferedReader out = command.inputReader();
        assertThat(out.readLine()).isEmpty();
        return command;
    }

    private int status(String... words) throws Exception {
        List<String> line = new ArrayList<>(List.of(CBuild.program("pvlock-run"), "-f", "" + file));
        line.addAll(List.of(words));
        return start(line.toArray(String[]::new)).waitFor();
    }

    private Process start(String... line) throws IOException {
        Process process = new ProcessBuilder(line).start();
        started.add(process);
        return process;
    }

    private static String script() {
        Path script = Path.of("../../pvlock").toAbsolutePath().normalize();
        assertThat(Files.isExecutable(script)).isTrue();
        return script.toString();
    }
}
