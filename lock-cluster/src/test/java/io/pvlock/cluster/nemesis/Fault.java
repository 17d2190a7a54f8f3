package io.pvlock.cluster.nemesis;

/** What a {@link Nemesis} does. What is killed is started again, and what is stopped or cut off goes on, after a while. */
enum Fault {
    KILL_PROCESS,
    STOP_PROCESS,
    KILL_HOLDER,
    STOP_HOLDER,
    KILL_AGENT,
    STOP_AGENT,
    KILL_HOST,
    STOP_HOST,
    SLOW_HOST,
    KILL_SERVER,
    STOP_SERVER,
    KILL_LEADER,
    STOP_LEADER,
    /** No quorum. */
    KILL_MAJORITY,
    /** No cable. */
    CUT_HOST(true),
    /** What the servers send it is lost. */
    DEAF_HOST(true),
    /** What it sends the servers is lost. */
    MUTE_HOST(true),
    /** The other servers have lost it, hosts have not. */
    CUT_LEADER(true),
    /** With a host, which can reach no other server. */
    CUT_LEADER_AND_HOST(true);

    private final boolean ofNetwork;

    Fault() {
        this(false);
    }

    Fault(boolean ofNetwork) {
        this.ofNetwork = ofNetwork;
    }

    /** Whether it takes a {@link io.pvlock.cluster.network.Network}. */
    boolean isOfNetwork() {
        return ofNetwork;
    }
}
