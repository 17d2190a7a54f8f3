package io.pvlock;

/** Opens {@link Locks} that are more than one host's. Found by {@link java.util.ServiceLoader}. */
public interface LocksProvider {

    /** What the text begins with, without the colon: {@code pvlock+zk}. */
    String scheme();

    /** See {@link Locks#open}. */
    Locks open(String where);
}
