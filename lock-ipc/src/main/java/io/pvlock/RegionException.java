package io.pvlock;

import java.util.Objects;

/** A region file cannot be used. The message names the file and the reason, and says what to do. */
public final class RegionException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Category category;

    public RegionException(Category category, String message) {
        super(message);
        this.category = Objects.requireNonNull(category);
    }

    public RegionException(Category category, String message, Throwable cause) {
        super(message, cause);
        this.category = Objects.requireNonNull(category);
    }

    public Category category() {
        return category;
    }

    /** What kind of thing must change before the next attempt can succeed. */
    public enum Category {
        /** A region, but of another version, layout or byte order: the programs must agree, the file is sound. */
        INCOMPATIBLE,
        /** Not a region, or a damaged one: the file must go. */
        CORRUPT,
        /** The environment stands in the way: permissions, space, a missing directory, a missing JVM flag. */
        UNAVAILABLE,
        /** A table of the region is full. */
        FULL
    }
}
