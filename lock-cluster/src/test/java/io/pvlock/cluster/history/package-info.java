/** The judge of what lockers have seen, as it happens or as it was recorded. Entry types: {@link io.pvlock.cluster.history.History}, {@link io.pvlock.cluster.history.Recording}. */
package io.pvlock.cluster.history;
