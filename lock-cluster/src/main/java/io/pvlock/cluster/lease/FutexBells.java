package io.pvlock.cluster.lease;

import io.pvlock.linux.Futex;

/** Bells of processes: futexes in the region. No lock is taken, so nobody who is stopped at a bell keeps another from ringing it. */
public final class FutexBells implements Bells {

    private final HostWords host;

    public FutexBells(HostWords host) {
        this.host = host;
    }

    @Override
    public void ringAgent() {
        host.ring();
        Futex.wake(host.bellAddress(), Integer.MAX_VALUE);
    }

    @Override
    public void ringWaiters(LeaseWords lease) {
        lease.ring();
        Futex.wake(lease.bellAddress(), Integer.MAX_VALUE);
    }
}
