package io.pvlock.linux;

import com.sun.jna.Native;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
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
    private static final String FIND_IN = "jna.boot.library.path";

    /** By these a user says which library JNA takes: then JNA finds it. */
    private static final List<String> WHICH_LIBRARY =
            List.of(FIND_IN, "jna.boot.library.name", "jna.nosys", "jna.noclasspath");

    private static final String LIBRARY = "com/sun/jna/" + Arch.current().jnaDirectory + "/libjnidispatch.so";
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
        if (isAnySet(List.of(UNPACK_TO, DO_NOT_UNPACK))) {
            initialise();
            return;
        }
        Optional<Path> directory = UnpackDirectory.find();
        if (directory.isEmpty()) {
            // Then the library is in jna.boot.library.path, or nowhere; JNA would log that it cannot unpack.
            during(DO_NOT_UNPACK, "true", JnaLoading::initialise);
        } else {
            during(UNPACK_TO, directory.get().toString(), () -> initialiseFrom(directory.get()));
        }
    }

    private static boolean isAnySet(List<String> properties) {
        for (String property : properties) {
            if (System.getProperty(property) != null) {
                return true;
            }
        }
        return false;
    }

    /**
     * Unpacks for JNA, which finds all providers of security first, for the random name of a file: 10 ms of a program's start. If that cannot
     * be, JNA does it itself.
     */
    private static void initialiseFrom(Path directory) {
        if (isAnySet(WHICH_LIBRARY)) {
            initialise();
            return;
        }
        try (InputStream library = JarResource.open(Native.class, LIBRARY)) {
            if (library != null && UnpackedLibrary.isSafe(directory)) {
                UnpackedLibrary.whileUnpacked(
                        library,
                        directory,
                        System.mapLibraryName("jnidispatch"),
                        file -> during(FIND_IN, file.getParent().toString(), JnaLoading::initialise));
            }
        } catch (IOException e) {
            // Then so.
        }
        initialise();
    }

    // What JNA unpacks later, for others, is none of our business.
    private static void during(String property, String value, Runnable action) {
        System.setProperty(property, value);
        try {
            action.run();
        } finally {
            System.clearProperty(property);
        }
    }

    /** Its class initialiser unpacks, loads and deletes; once. */
    private static void initialise() {
        Native.getLastError();
    }

    /** The directories that ldconfig looks into, those that exist, with colons between. */
    static String libraryDirectories(Path root) {
        Set<String> named = new LinkedHashSet<>();
        String multiarch = Arch.current().multiarch;
        for (String usual :
                List.of("usr/lib/" + multiarch, "lib/" + multiarch, "usr/lib64", "lib64", "usr/lib", "lib")) {
            named.add("/" + usual);
        }
        for (Path file : loaderConfiguration(root)) {
            for (String line : TextFile.lines(file)) {
                if (line.strip().startsWith("/")) {
                    named.add(line.strip());
                }
            }
        }
        List<String> there = new ArrayList<>();
        for (String directory : named) {
            if (new File(root.toFile(), directory).isDirectory()) {
                there.add(directory);
            }
        }
        return String.join(":", there);
    }

    private static List<Path> loaderConfiguration(Path root) {
        List<Path> files = new ArrayList<>();
        files.add(root.resolve("etc/ld.so.conf"));
        Path directory = root.resolve("etc/ld.so.conf.d");
        String[] names = directory.toFile().list();
        for (String name : names == null ? new String[0] : names) { // few systems need it
            if (name.endsWith(".conf")) {
                files.add(directory.resolve(name));
            }
        }
        return files;
    }
}
