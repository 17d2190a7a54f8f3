package io.pvlock.tools.bench.figure;

import io.pvlock.LockRegion;
import io.pvlock.core.LockAlgorithm;
import io.pvlock.linux.Linux;
import io.pvlock.tools.bench.FirstLock;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import org.agrona.concurrent.UnsafeBuffer;

/** Where {@link FirstLock} finds its classes. */
final class ProgramClassPath {

    /** One of each library without which there is no lock. */
    private static final List<String> SERVICE_TYPES = List.of(
            LockRegion.class.getName(),
            LockAlgorithm.class.getName(),
            Linux.class.getName(),
            UnsafeBuffer.class.getName(),
            "com.sun.jna.Native");

    private ProgramClassPath() {}

    /** Whether this program is in jars, not in directories of a build: archives know classes of jars only. */
    static boolean isOfJars() {
        return locationOf(FirstLock.class).endsWith(".jar");
    }

    /**
     * What a service has on its class path that uses a lock: not what a command needs.
     *
     * @param directory for a jar with the program alone
     */
    static String ofService(Path directory) throws IOException {
        Set<String> entries = new LinkedHashSet<>();
        entries.add(isOfJars() ? jarIn(directory).toString() : locationOf(FirstLock.class));
        for (String type : SERVICE_TYPES) {
            try {
                entries.add(locationOf(Class.forName(type, false, FirstLock.class.getClassLoader())));
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(type + " is on no class path", e);
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    /** This program's own. An archive does without the whole of it if there is anything but jars. */
    static String whole() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !isOfJars() || entry.endsWith(".jar"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path jarIn(Path directory) throws IOException {
        String name = FirstLock.class.getName().replace('.', '/') + ".class";
        Path jar = directory.resolve("program.jar");
        try (InputStream program = FirstLock.class.getResourceAsStream("/" + name);
                JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new ZipEntry(name));
            program.transferTo(out);
        }
        return jar;
    }

    private static String locationOf(Class<?> type) {
        return Path.of(URI.create(
                        type.getProtectionDomain().getCodeSource().getLocation().toString()))
                .toString();
    }
}
