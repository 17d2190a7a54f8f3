package io.pvlock.tools.bench.figure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM of the same JDK that says a line and ends. It has no flags but those given: no process needs any. */
final class BriefJvm {

    private BriefJvm() {}

    /**
     * Runs it to its end.
     *
     * @param pattern of the line; the JVM may have something to say as well
     * @throws IllegalStateException if there is no such line
     */
    static String run(List<String> flags, String classPath, Class<?> main, List<String> arguments, String pattern)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+UseSerialGC");
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath, main.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        int status = process.waitFor();
        return said.lines()
                .filter(line -> line.matches(pattern))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("status " + status + " and no answer of "
                        + main.getSimpleName() + " with " + flags + " and " + arguments));
    }
}
