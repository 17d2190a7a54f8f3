package io.pvlock;

import java.util.List;
import java.util.stream.Collectors;

/** A wait that would never have ended: see {@link LockOptions.OnDeadlock#THROW}. The lock that was asked for is not held. */
public final class DeadlockException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<Link> cycle;

    /** @param cycle beginning with who found it */
    public DeadlockException(List<Link> cycle) {
        super("deadlock: " + cycle.stream().map(Link::toString).collect(Collectors.joining("; ")));
        this.cycle = cycle;
    }

    /** The circle, beginning with who found it: each waits for a lock that the next one holds, the last one for the first. */
    public List<Link> cycle() {
        return cycle;
    }

    /**
     * A thread in the circle.
     *
     * @param vcpu index of its slot
     * @param lock name of the lock that it waits for
     * @param owner index of the slot that owns that lock
     */
    public record Link(int vcpu, int pid, int tid, String threadName, String lock, int owner) {
        @Override
        public String toString() {
            return "thread '" + threadName + "' (vcpu " + vcpu + ", pid " + pid + ", tid " + tid + ") waits for lock '"
                    + lock + "', which vcpu " + owner + " holds";
        }
    }
}
