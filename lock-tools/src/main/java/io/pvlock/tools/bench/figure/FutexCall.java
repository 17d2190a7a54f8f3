package io.pvlock.tools.bench.figure;

import io.pvlock.linux.Futex;
import io.pvlock.linux.Linux;
import io.pvlock.tools.bench.CPeers;
import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Workspace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** The way into the kernel: a futex call that wakes nobody, from a JVM of its own for each way to call C, beside the same in C. */
public final class FutexCall {

    private static final int MILLIS = 500;
    private static final String C = "c";
    private static final String JNA = "JNA";
    private static final String JNI = "JNI";
    private static final String FOREIGN = "java.lang.foreign";
    private static final int FOREIGN_JDK = 22;
    private static final String FOR_AGRONA = "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED";

    private FutexCall() {}

    /** Says which way it took, and nanoseconds. @param args how many milliseconds to measure */
    public static void main(String[] args) throws Exception {
        double ns = ns(Integer.parseInt(args[0]));
        System.out.println(Linux.backend().replaceFirst(" \\(.*", "") + " " + ns);
    }

    private static double ns(int millis) throws Exception {
        UnsafeBuffer word = new UnsafeBuffer(BufferUtil.allocateDirectAligned(Long.BYTES, Long.BYTES));
        return Timing.ns(millis, () -> Futex.wake(word.addressOffset(), 1));
    }

    static List<Step> steps(Effort effort, Workspace workspace) {
        int millis = effort.millis(MILLIS);
        return List.of(
                new Step(JNA, figures -> measure(JNA, "jna", millis, figures)),
                new Step(JNI, figures -> measure(JNI, "jni", millis, figures)),
                new Step(FOREIGN, figures -> measure(FOREIGN, "foreign", millis, figures)),
                new Step(C, figures -> {
                    if (CPeers.isCompilerThere()) {
                        figures.add(figure(C, List.of()), cNs(workspace));
                    } else {
                        figures.missing(figure(C, List.of()), "there is no gcc");
                    }
                }));
    }

    private static Figure figure(String of, List<String> rivals) {
        return new Figure(Section.FUTEX, "ns, a futex call that wakes nobody", Figure.NO_SIZE, of, rivals);
    }

    private static void measure(String way, String property, int millis, Figures figures) throws Exception {
        Figure figure = figure(way, List.of(C));
        if (way.equals(FOREIGN) && Runtime.version().feature() < FOREIGN_JDK) {
            figures.missing(figure, "came with JDK " + FOREIGN_JDK + "; name one by PVLOCK_JAVA");
            return;
        }
        String[] said = BriefJvm.run(
                        List.of(FOR_AGRONA, "-Dpvlock.linux=" + property),
                        System.getProperty("java.class.path"),
                        FutexCall.class,
                        List.of(Integer.toString(millis)),
                        "\\S+ [\\d.E]+")
                .split(" ");
        if (said[0].equals(way)) {
            figures.add(figure, Double.parseDouble(said[1]));
        } else {
            figures.missing(figure, "this build makes its calls by " + said[0] + " only");
        }
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
