package io.pvlock.cluster.engine;

/** What a session is told. */
public interface EngineEvents {

    /** There is a connection, for the first time or again. */
    void connected();

    /** There is none now. What was under way has failed. */
    void disconnected();

    /** The session is over, and what it owned is gone. */
    void expired();

    /** The servers do not want this user. */
    void refused(String why);

    /** A node that was watched, or its children, has changed. */
    void changed(String path);
}
