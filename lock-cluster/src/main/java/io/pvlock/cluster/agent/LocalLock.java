package io.pvlock.cluster.agent;

/** The host's own lock of a name, as the agent sees it. */
public interface LocalLock {

    /** Whether anybody has it or waits for it. */
    boolean isBusy();

    /** Takes it if it is free, or if whoever had it is proved dead; runs {@code action} under it. Waits for nobody. */
    void ifFree(Runnable action);
}
