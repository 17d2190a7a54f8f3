package io.pvlock.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A JVM like this one, before it is started: same Java, same class path, the flags of this one that open, export or configure. It is
 * meant for a short life: small, and with the quick compiler only. {@link #start} makes a process to speak with, {@link #run} one to
 * wait for, {@link #process} a plain one.
 */
public final class TestJvm {

    private final Class<?> main;
    private List<String> wrapper = List.of();
    private List<String> flags = flags();
    private final List<String> more = new ArrayList<>();
    private boolean optimizing;

    private TestJvm(Class<?> main) {
        this.main = main;
    }

    public static TestJvm of(Class<?> main) {
        return new TestJvm(main);
    }

    /** @param command is given the java command as its arguments */
    public TestJvm under(List<String> command) {
        wrapper = command;
        return this;
    }

    /** These flags instead of those of this JVM. */
    public TestJvm flags(List<String> these) {
        flags = these;
        return this;
    }

    /** These flags, too. */
    public TestJvm with(String... these) {
        more.addAll(List.of(these));
        return this;
    }

    /** With all compilers: where it matters what they make of the code. */
    public TestJvm optimizing() {
        optimizing = true;
        return this;
    }

    /** The flags of this JVM that open, export or configure; not those of the test runner. */
    public static List<String> flags() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("--")
                        || flag.startsWith("-DmappedFile")
                        || flag.startsWith("-Dpvlock.linux")
                        || flag.startsWith("-Dpvlock.slowpath")
                        || flag.startsWith("-XX:+IgnoreUnrecognized"))
                .toList();
    }

    /** The java that runs this test. */
    public static String java() {
        return tool("java");
    }

    /** Any program of the JDK that runs this test. */
    public static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    private ProcessBuilder builder(Object... arguments) {
        List<String> command = new ArrayList<>(wrapper);
        command.add(java());
        // There are many at once, and starting is what costs most.
        command.addAll(List.of("-Xshare:auto", "-XX:+UseSerialGC", "-Xmx64m"));
        if (!optimizing) {
            command.add("-XX:TieredStopAtLevel=1");
        }
        command.addAll(flags);
        command.addAll(more);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return new ProcessBuilder(command);
    }

    /** Starts it, to be spoken with line by line. */
    public ChildJvm start(Object... arguments) {
        return ChildJvm.start(builder(arguments));
    }

    /** Runs it to its end. */
    public Command run(Object... arguments) throws IOException, InterruptedException {
        return Command.run(builder(arguments));
    }

    /** Starts it; the caller reads what it says, on either stream, and ends it. */
    public Process process(Object... arguments) {
        try {
            return builder(arguments).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
