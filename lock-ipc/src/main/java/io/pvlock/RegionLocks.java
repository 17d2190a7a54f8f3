package io.pvlock;

import java.nio.file.Path;

/** The locks of a region, as {@link Locks}. */
final class RegionLocks implements Locks {

    private static final String SCHEME = "pvlock:";

    private final LockRegion region;

    private RegionLocks(LockRegion region) {
        this.region = region;
    }

    static Locks open(String where) {
        String path = where.startsWith(SCHEME) ? where.substring(SCHEME.length()) : "";
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("'" + where
                    + "' does not say where locks are: write pvlock:/path/of/region; or, with pvlock-cluster on the class path,"
                    + " pvlock+zk://server,server/namespace?region=/path");
        }
        return new RegionLocks(LockRegion.open(Path.of(path)));
    }

    @Override
    public NamedLock lock(String name) {
        return region.lock(name);
    }

    @Override
    public void close() {
        region.close();
    }

    @Override
    public String toString() {
        return "Locks[" + SCHEME + region.path() + "]";
    }
}
