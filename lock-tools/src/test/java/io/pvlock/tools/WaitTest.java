package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.linux.Threads;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(180)
class WaitTest extends HeldRegionKit {

    @Test
    void whatIsSoIsNotWaitedFor() {
        Cli free = Cli.run("wait", "--free", "free", "-f", file);
        assertThat(free.status()).isZero();
        assertThat(free.out() + free.err()).isEmpty();
        assertThat(Cli.run("wait", "--held", "held", "-f", file).status()).isZero();
        assertThat(Cli.run("wait", "--gone", 999_999_999, "-f", file).status()).isZero();
    }

    @Test
    void aWaitEndsWhenTheLockIsFree() throws Exception {
        CompletableFuture<Cli> waiting =
                CompletableFuture.supplyAsync(() -> Cli.run("wait", "--free", "held", "-f", file, "--json"));
        held.release();
        Cli cli = waiting.get();
        assertThat(cli.status()).as(cli.err()).isZero();
        assertThat(cli.json()).containsEntry("ok", true).containsEntry("obstacle", null);
    }

    @Test
    void aWaitEndsWhenTheLockIsMadeAndHeld() throws Exception {
        CompletableFuture<Cli> waiting =
                CompletableFuture.supplyAsync(() -> Cli.run("wait", "--held", "new", "-f", file));
        try (var guard = held.region().lock("new").acquire()) {
            assertThat(guard.toString()).isNotEmpty();
            assertThat(waiting.get().status()).isZero();
        }
    }

    @Test
    void aTimeOutIsStatusOneAndSaysWhy() {
        Cli cli = Cli.run("wait", "--free", "held", "-t", "0.05", "-f", file);
        assertThat(cli.status()).isEqualTo(1);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err())
                .startsWith("pvlock: 'held' is held by " + Threads.getpid() + ":")
                .contains(", after ");
        assertThat(Cli.run("wait", "--free", "nobody", "-t", "0.05", "-f", file).err())
                .contains("no lock 'nobody' in " + file);
        assertThat(Cli.run("wait", "--gone", Threads.getpid(), "-t", "0.05", "-f", file)
                        .err())
                .contains("pid " + Threads.getpid() + " has 2 threads in " + file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"wait", "wait --free a --held b", "wait --free a -t -1", "wait --gone x"})
    void aWrongCommandLineIsStatusTwo(String words) {
        Cli cli = Cli.run((Object[]) (words + " -f " + file).split(" "));
        assertThat(cli.status()).as(cli.err()).isEqualTo(2);
        assertThat(cli.err()).hasLineCount(2);
    }
}
