package io.pvlock;

import java.nio.file.Path;
import java.util.ServiceLoader;

/**
 * Locks by their names, of one host or of several; where they are is one line of text, which may come from a program's configuration. A
 * program that outgrows its host changes that line.
 *
 * <pre>{@code
 * try (Locks locks = Locks.open("pvlock:/dev/shm/desk.pvl");
 *         HeldLock held = locks.lock("orders").acquire()) {
 *     ...
 * }
 * }</pre>
 *
 * <p>Thread-safe. Whoever wants more than locks by their names, such as semaphores, or options, opens a {@link LockRegion}.
 */
public interface Locks extends AutoCloseable {

    /**
     * Opens them, and makes what is missing.
     *
     * @param where {@code pvlock:/path/of/region} for those of this host; with pvlock-cluster at hand {@code
     *     pvlock+zk://server,server/namespace?region=/path} for those of several
     * @throws IllegalArgumentException if it is none of them
     * @throws RegionException if the region cannot be used
     */
    static Locks open(String where) {
        for (LocksProvider provider : ServiceLoader.load(LocksProvider.class, LocksProvider.class.getClassLoader())) {
            if (where.startsWith(provider.scheme() + ":")) {
                return provider.open(where);
            }
        }
        String path = where.startsWith("pvlock:") ? where.substring("pvlock:".length()) : "";
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("'" + where
                    + "' does not say where locks are: write pvlock:/path/of/region; or, with pvlock-cluster on the class path,"
                    + " pvlock+zk://server,server/namespace?region=/path");
        }
        return LockRegion.open(Path.of(path));
    }

    /** Finds or makes the lock {@code name}. */
    NamedLock lock(String name);

    /** What is held can still be given back. */
    @Override
    void close();
}
