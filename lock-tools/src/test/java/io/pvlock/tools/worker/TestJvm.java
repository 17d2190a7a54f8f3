package io.pvlock.tools.worker;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** A JVM like this one; a test reads all that it says, on either stream. */
public final class TestJvm {

    private TestJvm() {}

    public static Process start(Class<?> main, String... arguments) throws IOException {
        return start(List.of(), main, arguments);
    }

    /** @param wrapper a command that is given the java command as its arguments */
    public static Process start(List<String> wrapper, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(ChildJvm.command(ManagementFactory.getRuntimeMXBean().getInputArguments()));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
