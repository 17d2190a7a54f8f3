package io.pvlock;

/** Locks that are held together. Closing it unlocks them all, those taken last first; closing twice does nothing. */
public interface HeldLocks extends AutoCloseable {
    @Override
    void close();
}
