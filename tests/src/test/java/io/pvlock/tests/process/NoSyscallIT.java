package io.pvlock.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Strace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Uncontended lock and unlock enter the kernel never: one thread under strace, a million pairs between two marks. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class NoSyscallIT {

    private static final String MARK = "getpid(";

    @TempDir
    Path directory;

    @Test
    void uncontendedPairsMakeNoSystemCall() throws IOException, InterruptedException {
        Strace.assumeTraces();
        Path trace = directory.resolve("trace");
        String tid;
        try (TestRegion region = new TestRegion();
                ChildJvm probe = ChildJvm.startOptimizing(
                        List.of("strace", "-ff", "-qq", "-o", trace.toString()),
                        SyscallProbe.class,
                        region.path().toString())) {
            tid = probe.expect("tid");
            assertThat(probe.awaitExit()).as(probe.log()).isZero();
        }
        // A file for each thread: lines of several in one file are cut in two where their calls overlap.
        List<List<String>> rounds = rounds(Files.readAllLines(Path.of(trace + "." + tid)));
        assertThat(rounds).hasSize(1 + 2 * SyscallProbe.ROUNDS);
        assertThat(rounds.get(0))
                .filteredOn(call -> call.startsWith("futex("))
                .as("calls of the control round")
                .hasSizeGreaterThanOrEqualTo(SyscallProbe.CONTROL_CALLS);
        List<List<String>> explicit = rounds.subList(1, 1 + SyscallProbe.ROUNDS);
        List<List<String>> lookedUp = rounds.subList(1 + SyscallProbe.ROUNDS, 1 + 2 * SyscallProbe.ROUNDS);
        // The JVM may stop the thread in any round, for reasons of its own; the lock would do so in each.
        assertThat(explicit)
                .as("with an explicit vCPU")
                .anySatisfy(calls -> assertThat(calls).isEmpty());
        assertThat(lookedUp)
                .as("with the thread's vCPU")
                .anySatisfy(calls -> assertThat(calls).isEmpty());
        System.out.println("system calls per " + SyscallProbe.PAIRS + " pairs: "
                + rounds.stream().skip(1).map(List::size).toList());
    }

    /** What the thread called between two marks each; what came before the probe's first mark is left out. */
    private static List<List<String>> rounds(List<String> trace) {
        List<List<String>> rounds = new ArrayList<>();
        List<String> calls = new ArrayList<>();
        for (String line : trace) {
            if (line.startsWith(MARK)) {
                rounds.add(calls);
                calls = new ArrayList<>();
            } else if (!line.startsWith("---") && !line.startsWith("+++")) {
                // Neither a signal nor the end.
                calls.add(line);
            }
        }
        int marks = 2 + 2 * SyscallProbe.ROUNDS;
        assertThat(rounds).as("marks").hasSizeGreaterThanOrEqualTo(marks);
        return rounds.subList(rounds.size() - marks + 1, rounds.size());
    }
}
