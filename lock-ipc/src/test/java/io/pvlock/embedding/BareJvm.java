package io.pvlock.embedding;

import com.sun.jna.Native;
import io.pvlock.LockRegion;
import io.pvlock.core.LockWord;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import io.pvlock.linux.Linux;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;

/** A JVM with what is needed at run time and with no flag, in a directory of its own, which is its home. */
final class BareJvm {

    /** What it has printed. */
    record Said(String out, String err) {}

    /** On a Java that would do without. */
    static final String BY_JNA = "-Dpvlock.linux=jna";

    private final Path directory;
    private Class<?> main = BareMain.class;

    BareJvm(Path directory) {
        this.directory = directory;
    }

    /** Another program than {@link BareMain}, which is told the region likewise. */
    BareJvm of(Class<?> newMain) {
        main = newMain;
        return this;
    }

    /** Jars and directories of what is needed at run time: our own, Agrona, JNA. */
    static List<Path> needed() {
        return Stream.of(LockRegion.class, LockWord.class, Linux.class, UnsafeBuffer.class, Native.class)
                .map(BareJvm::origin)
                .toList();
    }

    /** The jar or directory of a class. */
    static Path origin(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toAbsolutePath();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static String path(List<Path> entries) {
        return entries.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    /** Runs the program on the class path. */
    Said run(String... flags) throws IOException, InterruptedException {
        return run(List.of(), flags);
    }

    /** @param wrapper a command that is given the java command as its arguments */
    Said run(List<String> wrapper, String... flags) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(flags));
        arguments.addAll(program());
        return java(wrapper, arguments);
    }

    /** With no flag at all, not even one of this test's: a JVM knows the difference. */
    Said runWithoutAnyFlag() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(TestJvm.java()));
        command.addAll(program());
        return start(command);
    }

    private List<String> program() {
        List<Path> entries = new ArrayList<>(needed());
        entries.add(origin(main));
        return List.of("-cp", path(entries), main.getName(), region());
    }

    String region() {
        return directory.resolve("region").toString();
    }

    Said java(List<String> wrapper, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(wrapper);
        command.add(TestJvm.java());
        command.addAll(List.of("-Xmx64m", "-Duser.home=" + directory));
        command.addAll(arguments);
        return start(command);
    }

    private Said start(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().remove("XDG_CACHE_HOME");
        Command ended = Command.run(builder);
        return new Said(ended.out(), ended.err());
    }
}
