package io.pvlock.cluster.engine;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A session with a cluster. Calls return at once; the servers carry them out in the order in which they were made, and their futures
 * complete in that order, on the agent's thread. What fails does so with an {@link EngineException}; after CONNECTION_LOSS it is not
 * known whether it has happened.
 */
public interface ClusterEngine {

    /** Makes engines. */
    interface Factory {
        /**
         * Begins a session, or goes on with one.
         *
         * @param ticket of the session to go on with; null for a new one
         * @param events are told on the agent's thread
         */
        ClusterEngine connect(SessionTicket ticket, EngineEvents events);
    }

    /** How long a node stays. */
    enum Kind {
        /** Until it is deleted. */
        PERSISTENT,
        /** Until the session ends. */
        EPHEMERAL,
        /** The same, with a number behind its name that rises. */
        EPHEMERAL_SEQUENTIAL
    }

    /** A node's content. */
    record Node(byte[] data, int version, long owner) {}

    /** Its path as it is, with its number if it has one. */
    CompletableFuture<String> create(String path, byte[] data, Kind kind);

    /** @param watch whether to tell once of its next change or end */
    CompletableFuture<Node> read(String path, boolean watch);

    /** Whether it is there; watched as {@link #read}, if it is. */
    CompletableFuture<Boolean> exists(String path);

    /** Names of its children; {@code watch} tells once of the next that comes or goes. */
    CompletableFuture<List<String>> children(String path, boolean watch);

    /** A write to a node, whatever its version; an acknowledged one proves that the session was alive when it was sent. */
    CompletableFuture<Void> write(String path, byte[] data);

    CompletableFuture<Void> delete(String path);

    /** All of it, or nothing. */
    CompletableFuture<Void> commit(List<Change> changes);

    /** A part of a {@link #commit}. */
    sealed interface Change {

        String path();

        /** It must be there. */
        record Check(String path) implements Change {}

        /** It must be of that version. */
        record Write(String path, byte[] data, int version) implements Change {}

        /** It must be there, and have no children. */
        record Delete(String path) implements Change {}

        /** It must not be there; it will be persistent. */
        record Create(String path) implements Change {}
    }

    /** Of the session, once it is connected. */
    SessionTicket ticket();

    /** After which silence the servers end the session, as agreed with them; once it is connected. */
    long timeoutNs();

    /**
     * Ends the session, and with it all that it owns.
     *
     * @param wait whether to wait some seconds until the servers know it; else it returns at once
     */
    void close(boolean wait);

    /** Leaves the servers without a word: the session stays until its time-out, and another process may go on with it. */
    void leave();
}
