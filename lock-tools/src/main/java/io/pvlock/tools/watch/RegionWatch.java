package io.pvlock.tools.watch;

import io.pvlock.RegionException;
import io.pvlock.RegionException.Category;
import io.pvlock.RegionView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A region under a name, for whoever outlives it. When the file of that name is another one than at the last look, the new one is
 * opened; when there is none, a look fails, and a later one may succeed again. Thread-safe; looks do not overlap.
 */
public final class RegionWatch implements AutoCloseable {

    private final Path path;
    private final Supplier<RegionView> open;
    private RegionView view;
    private Object key;

    /**
     * Opens the region.
     *
     * @param open opens what has the name {@code path} now
     * @throws RegionException if it cannot be opened
     */
    public RegionWatch(Path path, Supplier<RegionView> open) {
        this.path = path;
        this.open = open;
        reopen();
    }

    public Path path() {
        return path;
    }

    /**
     * Looks at the region that has the name now.
     *
     * @throws RegionException if there is none, or if it cannot be read
     */
    public synchronized <T> T look(Function<RegionView, T> look) {
        if (view == null || !keyOf(path).equals(key)) {
            reopen();
        }
        try {
            return look.apply(view);
        } catch (InternalError e) {
            // So the JVM says that a page of the file is not there any more.
            close();
            throw new RegionException(Category.CORRUPT, path + " was cut short while it was looked at", e);
        }
    }

    // The key is taken first: if the name changes in between, the next look notices.
    private void reopen() {
        close();
        key = keyOf(path);
        view = open.get();
    }

    private static Object keyOf(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return "none";
        }
    }

    @Override
    public synchronized void close() {
        if (view != null) {
            view.close();
            view = null;
        }
    }
}
