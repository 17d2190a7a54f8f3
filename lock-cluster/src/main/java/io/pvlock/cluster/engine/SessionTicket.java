package io.pvlock.cluster.engine;

/**
 * What one needs to go on with a session. The password is a secret: whoever has it can end the session.
 *
 * @param id of the session
 */
public record SessionTicket(long id, byte[] password) {

    /** How a session is written in names of nodes. */
    public String name() {
        return Long.toHexString(id);
    }

    @Override
    public String toString() {
        return "SessionTicket[" + name() + "]";
    }
}
