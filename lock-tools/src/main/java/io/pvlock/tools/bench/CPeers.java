package io.pvlock.tools.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/** The locks written in C: peers.c, compiled with gcc when they are first needed. */
public final class CPeers {

    private static final String PREFIX = "c-";
    static final String FAMILY = "c";
    /** What all others are compared with: it survives its owner's death, too. */
    public static final String ROBUST = "c-robust";

    /** As in peers.c. */
    static final List<String> NAMES = List.of(
            "c-none",
            "c-spin",
            "c-cas-cas",
            "c-ticket",
            "c-mcs",
            "c-mcs-park",
            "c-pthread",
            ROBUST,
            "c-pi",
            "c-semaphore");

    private CPeers() {}

    /** Whether that is the name of one. */
    public static boolean isOne(String contender) {
        return contender.startsWith(PREFIX);
    }

    /** Whether there is a gcc to compile them with. */
    public static boolean isCompilerThere() {
        return run(List.of("gcc", "--version")).isPresent();
    }

    /**
     * Compiles them.
     *
     * @param directory from which programs may be started
     * @return the program: {@code peers BOARD INDEX}
     */
    static Path compile(Path directory) throws IOException {
        return compile("peers", directory);
    }

    /**
     * Compiles one of the programs in C.
     *
     * @param name of its source, without {@code .c}
     * @param directory from which programs may be started
     */
    public static Path compile(String name, Path directory) throws IOException {
        Path source = copy(name + ".c", directory);
        copy("locks.h", directory);
        Path program = directory.resolve(name);
        String said = run(List.of("gcc", "-O2", "-pthread", "-o", program.toString(), source.toString()))
                .orElse("gcc is not there");
        if (!Files.isExecutable(program)) {
            throw new IllegalStateException("gcc does not compile " + source + ": " + said);
        }
        return program;
    }

    private static Path copy(String file, Path directory) throws IOException {
        Path copy = directory.resolve(file);
        try (InputStream code = CPeers.class.getResourceAsStream(file)) {
            Files.copy(code, copy, StandardCopyOption.REPLACE_EXISTING);
        }
        return copy;
    }

    /** What the program said; empty if there is none of that name. */
    private static Optional<String> run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return Optional.of(said);
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while gcc ran", e);
        }
    }
}
