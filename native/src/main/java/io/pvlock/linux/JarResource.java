package io.pvlock.linux;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** A file in the jar that a class has come from. */
final class JarResource {

    private JarResource() {}

    /**
     * Opens it in that jar alone: a class loader opens all jars before that one first, 15 ms of a program's start. If the class is not of a jar
     * of its own, or it is not there, by the class loader all the same.
     *
     * @param name from the root of the jar, without a slash before
     * @return null if there is none
     */
    static InputStream open(Class<?> neighbour, String name) throws IOException {
        InputStream found = openInJarOf(neighbour, name);
        return found != null ? found : neighbour.getResourceAsStream("/" + name);
    }

    private static InputStream openInJarOf(Class<?> neighbour, String name) throws IOException {
        CodeSource source = neighbour.getProtectionDomain().getCodeSource();
        if (source == null
                || !"file".equals(source.getLocation().getProtocol())
                || !source.getLocation().getPath().endsWith(".jar")) {
            return null;
        }
        ZipFile jar;
        try {
            jar = new ZipFile(Path.of(source.getLocation().toURI()).toFile());
        } catch (URISyntaxException | IllegalArgumentException | IOException e) {
            return null; // as the class loader sees it, then
        }
        ZipEntry entry = jar.getEntry(name);
        if (entry == null) {
            jar.close();
            return null;
        }
        return new FilterInputStream(jar.getInputStream(entry)) {
            @Override
            public void close() throws IOException {
                jar.close(); // and its streams
            }
        };
    }
}
