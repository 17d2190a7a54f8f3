package io.pvlock.tools.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts JVMs like this one: same java, same flags, same class path. */
final class ChildJvm {

    private static final String EXPORT_FOR_AGRONA = "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED";
    private static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";

    private ChildJvm() {}

    /** Its command line, with {@code flags} added to ours. */
    static List<String> command(Class<?> main, List<String> arguments, List<String> flags) {
        List<String> ours = new ArrayList<>(ManagementFactory.getRuntimeMXBean().getInputArguments());
        ours.addAll(flags);
        List<String> command = command(ours);
        command.add(main.getName());
        command.addAll(arguments);
        return command;
    }

    /** Its standard input is a pipe from us, its other streams are our standard error: ours is for the report. */
    static Process start(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectInput(Redirect.PIPE)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command.get(0) + ": " + e.getMessage(), e);
        }
    }

    /** The java command up to the main class, of a JVM with {@code ourFlags}. */
    static List<String> command(List<String> ourFlags) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ourFlags) {
            // An agent of ours listens on a port, or writes to a file, that a second process cannot have.
            if (!flag.startsWith("-agent") && !flag.startsWith("-javaagent")) {
                command.add(flag);
            }
        }
        // Of a JVM started by java -jar these are in the manifest, which counts for that JVM only.
        addIfMissing(command, EXPORT_FOR_AGRONA);
        addIfMissing(command, NATIVE_ACCESS);
        // Starting is what costs most in a short life.
        addIfMissing(command, "-Xshare:auto");
        if (command.stream().noneMatch(flag -> flag.matches("-XX:\\+Use\\w+GC"))) {
            command.add("-XX:+UseSerialGC");
        }
        // The last words of a crashing JVM; its standard output goes nowhere.
        command.add("-XX:+DisplayVMOutputToStderr");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        return command;
    }

    private static void addIfMissing(List<String> command, String flag) {
        if (!command.contains(flag)) {
            command.add(flag);
        }
    }
}
