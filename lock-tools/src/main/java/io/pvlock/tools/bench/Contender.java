package io.pvlock.tools.bench;

/** A lock that takes part, in one process of many that share it; used by one thread. */
public interface Contender {

    void lock();

    void unlock();
}
