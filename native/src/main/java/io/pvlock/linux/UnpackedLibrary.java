package io.pvlock.linux;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Loads a JNI library that is a resource, of this module or another. It is unpacked into a new directory with a name that nobody can foresee, which only
 * this user can enter, and deleted as soon as it is loaded.
 */
final class UnpackedLibrary {

    /** Below the root of the jar. */
    private static final String RESOURCES = "META-INF/pvlock/";

    private static final String FILE = "libpvlock-jvm.so";
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final int GROUP_OR_OTHERS_WRITE = 0022;
    private static final int STICKY = 01000;

    private UnpackedLibrary() {}

    /**
     * @param name such as {@code linux-amd64/libpvlock-jvm.so}
     * @throws UnsatisfiedLinkError if it is not there, cannot be unpacked, or does not load; the message says why
     */
    static void load(String name) {
        load(name, UnpackDirectory.find());
    }

    /** @param parent where directories can be made and programs may be; empty if there is no such place */
    static void load(String name, Optional<Path> parent) {
        try (InputStream library = JarResource.open(UnpackedLibrary.class, RESOURCES + name)) {
            if (library == null) {
                throw new UnsatisfiedLinkError("this pvlock-linux has no " + name + ": it was built without one");
            }
            Path safe = parent.filter(UnpackedLibrary::isSafe)
                    .orElseThrow(() -> new UnsatisfiedLinkError("there is no directory into which a library can be"
                            + " unpacked, where programs may be and which others cannot change; let java.io.tmpdir name one, or put "
                            + name + " of the jar somewhere and say where: -D" + Libpvlock.PROPERTY + "=FILE"));
            whileUnpacked(library, safe, FILE, file -> System.load(file.toString()));
        } catch (IOException e) {
            throw new UnsatisfiedLinkError(name + " cannot be unpacked: " + e);
        }
    }

    /**
     * Unpacks a library, has it loaded and deletes it.
     *
     * @param parent a safe one
     */
    static void whileUnpacked(InputStream library, Path parent, String name, Consumer<Path> loader) throws IOException {
        Path directory = newDirectory(parent);
        Path file = directory.resolve(name);
        try {
            // Not by a channel, which an interrupt of the thread closes.
            try (OutputStream out = new FileOutputStream(file.toFile())) {
                library.transferTo(out);
            }
            loader.accept(file);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(directory);
        }
    }

    // Files.createTempDirectory() finds all providers of security first, some 30 ms of a program's start.
    private static Path newDirectory(Path parent) throws IOException {
        byte[] random = new byte[16];
        try (InputStream source = new FileInputStream("/dev/urandom")) {
            if (source.readNBytes(random, 0, random.length) != random.length) {
                throw new IOException("/dev/urandom has ended");
            }
        }
        Path directory = parent.resolve("pvlock-" + HexFormat.of().formatHex(random));
        return Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }

    /** Whether only its owner, or root, can put something else in the place of what was made in it. */
    static boolean isSafe(Path directory) {
        try {
            int mode = (int) Files.getAttribute(directory, "unix:mode");
            return (mode & GROUP_OR_OTHERS_WRITE) == 0 || (mode & STICKY) != 0;
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
