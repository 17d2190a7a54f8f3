package io.pvlock.internal.file;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The mappings that must outlive every reference to them. */
final class RetainedMappings {

    private static final Set<RegionMapping> MAPPINGS = ConcurrentHashMap.newKeySet();

    private RetainedMappings() {}

    static void add(RegionMapping mapping) {
        MAPPINGS.add(mapping);
    }
}
