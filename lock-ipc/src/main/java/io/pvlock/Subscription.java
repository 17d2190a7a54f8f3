package io.pvlock;

/** Somebody who is told of a region's events, until this is closed; see {@link LockRegion#subscribe}. */
public interface Subscription extends AutoCloseable {

    /** No event is told any more; one that is being told is told to its end. Closing twice does nothing. */
    @Override
    void close();
}
