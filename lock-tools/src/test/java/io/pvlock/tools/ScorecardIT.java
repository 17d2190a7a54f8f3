package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.Await;
import io.pvlock.kit.ProcessState;
import io.pvlock.tools.bench.CPeers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code pvlock scorecard} with real processes. What a lock promises is waited for as long as it takes; what it loses needs no
 * patience, because it stays lost.
 */
@Timeout(1200)
class ScorecardIT {

    private static final Object FOR_EVER = Await.WATCHDOG.toSeconds();

    @AfterEach
    void nobodyIsLeft() {
        assertThat(ProcessHandle.current().children())
                .extracting(ProcessState::commandLine)
                .noneMatch(line -> line.contains("RivalWorker") || line.contains("victims"));
    }

    @Test
    void thisLockKeepsItsPromises() throws Exception {
        Cli cli = run("--locks", "pvlock", "--trials", 1, "--patience", FOR_EVER, "--seed", 7, "--json");
        assertThat(cli.status()).as(cli.err() + cli.out()).isZero();
        Schema.check("scorecard", cli);
        assertThat(cli.err()).isEqualTo("scorecard: seed=7\n");
        assertThat(cli.json()).containsEntry("ok", true).containsEntry("seed", 7);
        assertThat(verdict(cli, "pvlock", "OWNER")).isEqualTo("TOLD");
        assertThat(verdict(cli, "pvlock", "AT_RANDOM")).isIn("OK", "TOLD");
        assertThat(verdict(cli, "pvlock", "THREAD")).isEqualTo("TOLD");
        assertThat(verdict(cli, "pvlock", "FIRST_WAITER")).isEqualTo("OK");
        assertThat(verdict(cli, "pvlock", "SECOND_WAITER")).isEqualTo("OK");
        assertThat(verdict(cli, "pvlock", "STOPPED")).isEqualTo("KEPT");
        // To choose a pid takes a right.
        assertThat(verdict(cli, "pvlock", "PID_AGAIN")).isIn("TOLD", null);
    }

    @ParameterizedTest
    @CsvSource({
        "file-lock, OWNER, FREE",
        "c-robust, OWNER, TOLD",
        "c-robust, THREAD, TOLD",
        "c-sysv, OWNER, FREE",
        "c-pid-file, STOPPED, KEPT",
        "c-semaphore, SECOND_WAITER, OK"
    })
    void othersAreAsGoodOrSayNothing(String lock, String kill, String verdict) throws Exception {
        assumeTrue(!CPeers.isOne(lock) || CPeers.isCompilerThere(), "there is no gcc");
        Cli cli = run("--locks", lock, "--kills", kill, "--trials", 1, "--patience", FOR_EVER, "--json");
        assertThat(verdict(cli, lock, kill)).as(cli.toString()).isEqualTo(verdict);
        assertThat(cli.status()).as("that of this lock").isZero();
    }

    @ParameterizedTest
    @CsvSource({"file-lock, THREAD", "c-sysv, THREAD", "c-pthread, OWNER", "c-semaphore, OWNER", "c-mcs-park, OWNER"})
    void whatIsLostIsLostOnce(String lock, String kill) throws Exception {
        assumeTrue(!CPeers.isOne(lock) || CPeers.isCompilerThere(), "there is no gcc");
        Cli cli = run("--locks", lock, "--kills", kill, "--trials", 3, "--patience", 0.2, "--json");
        assertThat(cell(cli, lock, kill)).containsEntry("verdict", "LOST").containsEntry("trials", 1);
        assertThat(cli.status()).as("that of this lock").isZero();
        assertThat(cli.err()).as("processes that are let go say nothing").hasLineCount(1);
    }

    @Test
    void printsATableThatSaysWhatWasNotTried() {
        Cli cli = run("--locks", "file-lock,chronicle-queue", "--kills", "STOPPED,OWNER", "--trials", 1, "--seed", 3);
        assertThat(cli.status()).as(cli.err()).isZero();
        assertThat(cli.out())
                .containsPattern("lock +owner +stopped\n")
                .contains("chronicle-queue was not tried: not on the class path")
                .contains("1 trials of each kill, patience 1.0s, seed 3");
        assertThat(cli.lastLine()).isEqualTo("scorecard: OK");
    }

    @Test
    void wrongArgumentsSayWhatIsRight() {
        assertThat(run("--locks", "x").err()).contains("--locks=x, known are pvlock, file-lock, ");
        assertThat(run("--trials", 0).err()).contains("--trials=0, allowed are 1..1000");
        assertThat(run("--patience", 0).err()).contains("--patience=0.0, allowed are ");
        assertThat(run("-f", "x").err()).contains("scorecard makes regions of its own");
        assertThat(run("--kills", "x").status()).isEqualTo(2);
    }

    private static Cli run(Object... options) {
        List<Object> words = new ArrayList<>(List.of("scorecard"));
        words.addAll(List.of(options));
        return Cli.run(words.toArray());
    }

    private static Object verdict(Cli cli, String lock, String kill) throws IOException {
        return cell(cli, lock, kill).get("verdict");
    }

    private static Map<String, Object> cell(Cli cli, String lock, String kill) throws IOException {
        for (Object each : (List<?>) cli.json().get("locks")) {
            Map<?, ?> score = (Map<?, ?>) each;
            if (score.get("name").equals(lock)) {
                Map<String, Object> cell = new HashMap<>();
                ((Map<?, ?>) ((Map<?, ?>) score.get("kills")).get(kill))
                        .forEach((key, value) -> cell.put(key.toString(), value));
                return cell;
            }
        }
        throw new AssertionError("no " + lock + " in " + cli.out());
    }
}
