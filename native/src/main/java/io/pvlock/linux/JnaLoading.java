package io.pvlock.linux;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Loads JNA without what it does of its own accord: it runs {@code ldconfig -p}, makes a directory below the user's home, and has the
 * JVM warn of native access. What a user has set of JNA's properties stands. Where JNA has been loaded before, nothing is done.
 */
final class JnaLoading {

    private static final String UNPACK_TO = "jna.tmpdir";
    private static final String DO_NOT_UNPACK = "jna.nounpack";
    private static final String SEARCH_IN = "jna.platform.library.path";

    private static boolean loaded;

    private JnaLoading() {}

    /**
     * To be called before any use of JNA, any number of times.
     *
     * @return the calls by it
     * @throws LinkageError or a RuntimeException, as JNA has it
     */
    static synchronized NativeCalls load() {
        if (!loaded) {
            loadQuietly();
            loaded = true;
        }
        return new JnaCalls();
    }

    private static void loadQuietly() {
        JdkAccess.enableNativeAccess(Native.class.getModule());
        if (System.getProperty(SEARCH_IN) == null) {
            // JNA sets it as well, from what the process prints. It is for names that the dynamic loader does not find.
            System.setProperty(SEARCH_IN, libraryDirectories(Path.of("/")));
        }
        if (System.getProperty(UNPACK_TO) != null || System.getProperty(DO_NOT_UNPACK) != null) {
            initialise();
        } else {
            Optional<Path> directory = UnpackDirectory.find();
            if (directory.isPresent()) {
                initialiseWith(UNPACK_TO, directory.get().toString());
            } else {
                // Then the library is in jna.boot.library.path, or nowhere; JNA would log that it cannot unpack.
                initialiseWith(DO_NOT_UNPACK, "true");
            }
        }
    }

    // What JNA unpacks later, for others, is none of our business.
    private static void initialiseWith(String property, String value) {
        System.setProperty(property, value);
        try {
            initialise();
        } finally {
            System.clearProperty(property);
        }
    }

    /** Its class initialiser unpacks, loads and deletes. */
    private static void initialise() {
        Native.getLastError();
    }

    /** The directories that ldconfig looks into, those that exist, with colons between. */
    static String libraryDirectories(Path root) {
        Set<String> directories = new LinkedHashSet<>();
        String multiarch = Arch.current().multiarch;
        for (String usual :
                List.of("usr/lib/" + multiarch, "lib/" + multiarch, "usr/lib64", "lib64", "usr/lib", "lib")) {
            directories.add("/" + usual);
        }
        for (Path file : loaderConfiguration(root)) {
            for (String line : lines(file)) {
                if (line.strip().startsWith("/")) {
                    directories.add(line.strip());
                }
            }
        }
        directories.removeIf(directory -> !Files.isDirectory(root.resolve(directory.substring(1))));
        return String.join(":", directories);
    }

    private static List<Path> loaderConfiguration(Path root) {
        List<Path> files = new ArrayList<>();
        files.add(root.resolve("etc/ld.so.conf"));
        try (DirectoryStream<Path> more = Files.newDirectoryStream(root.resolve("etc/ld.so.conf.d"))) {
            for (Path file : more) {
                if (file.toString().endsWith(".conf")) {
                    files.add(file);
                }
            }
        } catch (IOException e) {
            // Few systems need it.
        }
        return files;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
