package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Command;
import io.pvlock.kit.OtherUser;
import io.pvlock.kit.ProcessState;
import io.pvlock.kit.TestJvm;
import io.pvlock.linux.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every command, where all is well and where not: at a region whose owner is stopped and has somebody waiting, and where another
 * owner is dead; at a copy; without a region, a right, a reader, a terminal; on a small one; killed. A new command fails here until
 * it is in {@link CommandRow}.
 */
@Timeout(1200)
class EveryCommandIT {

    private static final String ROWS = "io.pvlock.tools.CommandRow#";

    @TempDir
    private static Path directory;

    private static Path file;
    private static ChildJvm holder;

    /** Holds "held", for which a thread of it waits; "left" was held by a thread that is dead. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws Exception {
            try (LockRegion region =
                    LockRegion.open(Path.of(args[0]), RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN))) {
                region.lock("free");
                Thread dead = new Thread(() -> region.lock("left").lock());
                dead.start();
                dead.join();
                Await.until("it has ended for the kernel", () -> !isAlive(region));
                LockGuard guard = region.lock("held").acquire();
                Thread waiter = new Thread(() -> region.lock("held").acquire().close(), "the waiter");
                waiter.start();
                Await.until("it waits", () -> !region.lock("held").queue().isEmpty());
                System.out.println(ChildJvm.MARK + "holds");
                if (System.in.read() >= 0) {
                    guard.close();
                    waiter.join();
                    System.out.println(ChildJvm.MARK + "went on");
                }
            }
        }

        private static boolean isAlive(LockRegion region) {
            return region.findLock("left").orElseThrow().owner().orElseThrow().alive();
        }
    }

    @BeforeAll
    static void hold() throws Exception {
        file = directory.resolve("region.pvl");
        holder = ChildJvm.start(Holder.class, file);
        holder.expect("holds");
        Processes.kill(holder.pid(), Processes.SIGSTOP);
        Await.until("it is stopped", () -> ProcessState.isStopped(holder.pid()));
    }

    /** Whatever was done to the region, nobody in it was disturbed. */
    @AfterAll
    static void goOn() throws Exception {
        try (ChildJvm ended = holder) {
            Processes.kill(ended.pid(), Processes.SIGCONT);
            ended.ask("go on", "went on");
        }
    }

    @Test
    void everyCommandIsTried() {
        assertThat(CommandRow.all().map(CommandRow::name))
                .containsExactlyInAnyOrderElementsOf(
                        Main.commandLine().getSubcommands().keySet());
    }

    @ParameterizedTest
    @MethodSource(ROWS + "all")
    void asAProcessWithoutATerminal(CommandRow row) throws Exception {
        Command command = TestJvm.of(Main.class).run(row.line(file));
        assertThat(command.status()).as(command.output()).isEqualTo(row.status());
        assertThat(command.output()).containsPattern(row.shows()).doesNotContain("\033");
        assertThat(row.status() == 0 ? withoutProgress(command.err()) : "").isEmpty();
    }

    private static String withoutProgress(String err) {
        return err.replaceAll("(?m)^(torture|scorecard): .*\n", "");
    }

    @ParameterizedTest
    @MethodSource(ROWS + "all")
    void aWrongOptionIsOneError(CommandRow row) {
        Cli cli = Cli.run(row.name(), "--no-such-option");
        assertThat(cli.status()).isEqualTo(2);
        assertThat(cli.err()).startsWith("pvlock: ").doesNotContain("xception").hasLineCount(2);
        assertThat(cli.out()).isEmpty();
    }

    /** Where picocli cannot format a text, it prints it as it is, and complains. */
    @Test
    void nobodyComplainsOfTheHelp() throws Exception {
        Command help = TestJvm.of(AllCommands.class).run("--help");
        CommandRow.all().forEach(row -> assertThat(help.out()).contains("Usage: pvlock " + row.name() + " "));
        assertThat(help.err()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource(ROWS + "ofRegions")
    void whereThereIsNoRegionNoneIsMade(CommandRow row) {
        Path missing = directory.resolve("missing.pvl");
        Cli cli = Cli.run(row.line(missing));
        boolean isRefusedBefore = row.status() == 2;
        boolean isDiagnosis = row.name().equals("doctor");
        assertThat(cli.status()).as(cli.err()).isEqualTo(isRefusedBefore ? 2 : isDiagnosis ? 1 : 3);
        if (!isRefusedBefore) {
            assertThat(cli.out() + cli.err())
                    .contains("missing.pvl does not exist")
                    .doesNotContain("xception");
        }
        assertThat(missing).doesNotExist();
    }

    @ParameterizedTest
    @MethodSource(ROWS + "thatLook")
    void aCopyIsLookedAtAndLeftAsItIs(CommandRow row) throws Exception {
        Path copy = directory.resolve("copy.pvl");
        Files.deleteIfExists(copy);
        Files.copy(file, copy);
        byte[] before = Files.readAllBytes(copy);
        Object[] line = row.name().equals("wait")
                ? new Object[] {"wait", "--held", "held", "-t", "0.01", "-f", copy}
                : row.line(copy);
        Cli cli = Cli.run(line);
        // In a copy everybody is dead.
        assertThat(cli.status()).as(cli.err()).isEqualTo(row.name().equals("wait") ? 1 : row.status());
        assertThat(cli.err()).doesNotContain("xception");
        // It opens the region as who locks does, which is an entry in the table of processes.
        if (!row.name().equals("doctor")) {
            assertThat(Files.readAllBytes(copy)).isEqualTo(before);
        }
    }

    /** The other user's processes may read every file, but may not go through the root directory of ours. */
    @Test
    void withoutTheRightToRead() throws Exception {
        Command command = asOtherUser("/proc/" + ProcessHandle.current().pid() + "/root" + file);
        CommandRow.ofRegions().forEach(row -> {
            int status = row.status() == 2 ? 2 : row.name().equals("doctor") ? 1 : 3;
            assertThat(command.out()).contains("status of " + row.name() + ": " + status + "\n");
        });
    }

    @Test
    void withoutTheRightToWrite() throws Exception {
        Command command = asOtherUser(file.toString());
        CommandRow.ofRegions().filter(row -> !row.name().equals("doctor")).forEach(row -> {
            int status = row.name().equals("rm") ? 3 : row.status();
            assertThat(command.out()).contains("status of " + row.name() + ": " + status + "\n");
        });
    }

    private static Command asOtherUser(String region) throws IOException, InterruptedException {
        OtherUser.assumePossible();
        Command command = OtherUser.command(AllCommands.class, region);
        assertThat(command.status()).as(command.output()).isZero();
        assertThat(command.output()).doesNotContain("xception").doesNotContain("internal error");
        return command;
    }

    /** 141 where the shell would say that SIGPIPE has ended it; what has printed nothing does not notice. */
    @ParameterizedTest
    @MethodSource(ROWS + "all")
    void whoseReaderIsGone(CommandRow row) throws Exception {
        boolean printsOnAndOn = !row.endless().isEmpty()
                && row.at() == CommandRow.At.LOOKED_AT
                && !row.serves()
                && !row.name().equals("wait");
        Command command = TestJvm.of(Main.class)
                .under(readBy("true"))
                .run(printsOnAndOn ? row.endlessLine(file) : row.line(file));
        assertThat(command.status())
                .as(command.output())
                .isIn(printsOnAndOn ? List.of(141) : List.of(141, row.status()));
        assertThat(command.err()).doesNotContain("xception").doesNotContain("internal error");
    }

    @Test
    void followEndsWithItsReader() throws Exception {
        Command command = TestJvm.of(Main.class).under(readBy("head -n 1")).run("events", "--follow", "-f", file);
        assertThat(command.status()).as(command.output()).isEqualTo(141);
        assertThat(command.out()).startsWith("   event").hasLineCount(1);
        assertThat(command.err()).isEmpty();
    }

    private static List<String> readBy(String reader) {
        return List.of("bash", "-c", "\"$@\" | " + reader + "; exit ${PIPESTATUS[0]}", "pipe");
    }

    @Test
    void aFullDiskIsSaid() throws Exception {
        Command command = TestJvm.of(Main.class)
                .under(List.of("sh", "-c", "\"$@\" > /dev/full", "sh"))
                .run("ls", "-f", file);
        assertThat(command.status()).isEqualTo(4);
        assertThat(command.err())
                .startsWith("pvlock: standard output cannot be written")
                .hasLineCount(1);
    }

    /** By SIGKILL in the middle; its own processes end, too, and those in the region do not notice. */
    @ParameterizedTest
    @MethodSource(ROWS + "withoutEnd")
    void killed(CommandRow row) throws Exception {
        Process process = TestJvm.of(Main.class).process(row.endlessLine(file));
        List<ProcessHandle> children;
        try {
            Await.until(row + " is at work", () -> !process.isAlive() || isAtWork(row, process));
            assertThat(process.isAlive()).isTrue();
            children = process.descendants().toList();
            // Those two have files in shared memory, which only a signal that can be handled lets them remove.
            if (row.name().equals("bench") || row.name().equals("scorecard")) {
                process.destroy();
            } else {
                process.destroyForcibly();
            }
            Await.until("it has ended", () -> !process.isAlive());
        } finally {
            process.destroyForcibly().waitFor();
        }
        Await.until("its processes have ended", () -> children.stream().noneMatch(ProcessHandle::isAlive));
        assertThat(Cli.run("fsck", "-f", file).status()).isZero();
        assertThat(Cli.run("who", "held", "-f", file).out()).contains("the waiter");
    }

    private static boolean isAtWork(CommandRow row, Process process) {
        if (row.at() == CommandRow.At.OWN) {
            return process.descendants().findAny().isPresent();
        }
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/maps")).contains(file.toString());
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    @Test
    void onATerminalOfThreeLines() throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.runSmall(AllCommands.class, file)) {
            int at = 0;
            for (CommandRow row : CommandRow.ofRegions().toList()) {
                at = terminal.await("status of " + row.name() + ": " + row.status(), at);
            }
            terminal.await("end: 0 same", at);
            assertThat(terminal.screen()).doesNotContain("xception").doesNotContain("internal error");
        }
    }
}
