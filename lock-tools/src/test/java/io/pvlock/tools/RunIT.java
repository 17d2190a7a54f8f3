package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.Await;
import io.pvlock.kit.TestJvm;
import io.pvlock.linux.Processes;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code pvlock run} as a process of its own, and its end by signals. */
@Timeout(1200)
class RunIT {

    @TempDir
    private Path directory;

    private Path file;
    private Process holder;
    private int command;

    /** Holds the lock; the command has said that it runs, and which process it is. */
    @BeforeEach
    void hold() throws Exception {
        file = directory.resolve("region.pvl");
        holder = TestJvm.of(Main.class).process("run", "-f", file, "name", "-c", "echo $$; exec sleep 600");
        try (BufferedReader out = holder.inputReader()) {
            command = Integer.parseInt(out.readLine());
        }
    }

    @AfterEach
    void reap() throws InterruptedException {
        Processes.kill(command, Processes.SIGKILL);
        holder.destroyForcibly().waitFor();
    }

    @Test
    void anotherProcessCannotHaveTheLock() {
        assertThat(run("-n", "name", "true").status()).isEqualTo(1);
        assertThat(Cli.run("who", "-f", file, "name").out()).contains("owner", "" + holder.pid());
    }

    @Test
    void whenRunIsKilledTheLockIsFreeAndTheNextOneIsTold() throws Exception {
        holder.destroyForcibly().waitFor();
        Path result = directory.resolve("result");
        String print = "echo $PVLOCK_OWNER_DIED >" + result;
        Cli failing = run("name", "-c", print + "; exit 3");
        assertThat(failing.status()).isEqualTo(3);
        assertThat(failing.err()).contains("(pid " + holder.pid() + ") died holding it");
        assertThat(result).hasContent("1");
        assertThat(Cli.run("ls", "-f", file).lastLine()).contains("inconsistent");
        // Only who ends well has put things right.
        assertThat(run("name", "-c", print).status()).isZero();
        assertThat(result).hasContent("1");
        assertThat(run("name", "-c", print).status()).isZero();
        assertThat(result).hasContent("0");
        // The command has outlived its pvlock, and kept nothing.
        assertThat(ProcessHandle.of(command))
                .hasValueSatisfying(sleep -> assertThat(sleep.isAlive()).isTrue());
    }

    @Test
    void whenRunIsAskedToEndItsCommandIsToo() throws Exception {
        Processes.kill((int) holder.pid(), Processes.SIGTERM);
        assertThat(holder.waitFor(240, TimeUnit.SECONDS)).isTrue();
        assertThat(holder.exitValue()).isEqualTo(128 + Processes.SIGTERM);
        assertThat(ProcessHandle.of(command).filter(ProcessHandle::isAlive)).isEmpty();
        // Given back in good order: nobody is told of a death.
        Path result = directory.resolve("result");
        assertThat(run("name", "-c", "echo $PVLOCK_OWNER_DIED >" + result).status())
                .isZero();
        assertThat(result).hasContent("0");
    }

    @Test
    void whenTheCommandIsKilledItsStatusIsPassedOnAndTheLockGivenBack() throws Exception {
        Processes.kill(command, Processes.SIGKILL);
        assertThat(holder.waitFor(240, TimeUnit.SECONDS)).isTrue();
        assertThat(holder.exitValue()).isEqualTo(128 + Processes.SIGKILL);
        assertThat(Cli.run("ls", "-f", file).lastLine()).contains(" free ");
    }

    @Test
    void whoWaitsWhenItIsAskedToEndLeavesTheQueue() throws Exception {
        Process waiter = TestJvm.of(Main.class).process("run", "-f", file, "name", "true");
        try {
            Await.until(
                    "it waits", () -> Cli.run("who", "-f", file, "name").out().contains("" + waiter.pid()));
            Processes.kill((int) waiter.pid(), Processes.SIGTERM);
            assertThat(waiter.waitFor(240, TimeUnit.SECONDS)).isTrue();
            assertThat(waiter.exitValue()).isEqualTo(128 + Processes.SIGTERM);
            assertThat(waiter.inputReader().lines()).isEmpty();
            assertThat(Cli.run("vcpus", "-f", file).lines()).hasSize(2);
        } finally {
            waiter.destroyForcibly().waitFor();
        }
    }

    private Cli run(Object... words) {
        Object[] line = new Object[words.length + 3];
        line[0] = "run";
        line[1] = "-f";
        line[2] = file;
        System.arraycopy(words, 0, line, 3, words.length);
        return Cli.run(line);
    }
}
