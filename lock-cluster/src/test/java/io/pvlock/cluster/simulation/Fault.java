package io.pvlock.cluster.simulation;

/** What a simulation does to a host, its agent and its lockers. */
enum Fault {
    KILL_LOCKER,
    PAUSE_LOCKER,
    KILL_AGENT,
    PAUSE_AGENT,
    KILL_HOST,
    /** All of it stops, as when a virtual machine is suspended. */
    PAUSE_HOST,
    /** The connection is cut, and made again. */
    CUT,
    /** Nothing arrives, and nobody is told. */
    SILENT,
    /** What the host asks for is done, and it does not hear of it. */
    DEAF,
    /** The host's server has lost the others. */
    ISOLATED,
    /** All that is said takes long. */
    SLOW,
    /** The servers' leader is gone: no host is answered until there is another one. */
    ELECTION,
    /** The wall clock of the host is set, by years. */
    CLOCK_STEP
}
