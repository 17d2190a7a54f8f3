package io.pvlock.tools.bench.figure;

import io.pvlock.linux.Futex;
import io.pvlock.tools.bench.CPeers;
import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Workspace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** The way into the kernel: a futex call that wakes nobody, from Java, beside the same in C. */
final class FutexCall {

    private static final int MILLIS = 200;
    private static final String WHAT = "ns, a futex call that wakes nobody";
    private static final String C = "c";

    private FutexCall() {}

    static List<Step> steps(Effort effort, Workspace workspace) {
        Figure java = new Figure(Section.FUTEX, WHAT, 0, backend(), List.of(C));
        Figure floor = Figure.alone(Section.FUTEX, WHAT, 0, C);
        return List.of(
                new Step(backend(), figures -> figures.add(java, javaNs(effort.millis(MILLIS)))),
                new Step(C, figures -> {
                    if (CPeers.isCompilerThere()) {
                        figures.add(floor, cNs(workspace));
                    } else {
                        figures.missing(floor, "there is no gcc");
                    }
                }));
    }

    /** By what this JVM calls C. */
    private static String backend() {
        return "JNA";
    }

    private static double javaNs(int millis) throws Exception {
        UnsafeBuffer word = new UnsafeBuffer(BufferUtil.allocateDirectAligned(Long.BYTES, Long.BYTES));
        return Timing.ns(millis, () -> Futex.wake(word.addressOffset(), 1));
    }

    private static double cNs(Workspace workspace) throws IOException, InterruptedException {
        Path program = CPeers.compile("futex", workspace.programs());
        Process process = new ProcessBuilder(program.toString()).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        process.waitFor();
        return Double.parseDouble(said);
    }
}
