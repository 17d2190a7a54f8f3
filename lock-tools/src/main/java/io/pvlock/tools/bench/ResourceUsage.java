package io.pvlock.tools.bench;

import io.pvlock.linux.Processes;

/**
 * What a process has cost, as getrusage(2) says: all its threads, the JVM's own as well.
 *
 * @param cpuNs user and system time
 * @param voluntary context switches because it waited
 * @param involuntary context switches because somebody else was to run
 */
public record ResourceUsage(long cpuNs, long voluntary, long involuntary) {

    /** Indices of words of {@code struct rusage}. */
    private static final int USER = 0;

    private static final int SYSTEM = 2;
    private static final int VOLUNTARY = 16;
    private static final int INVOLUNTARY = 17;

    /** Of this process until now. */
    public static ResourceUsage now() {
        long[] usage = Processes.resourceUsage();
        return new ResourceUsage(nanos(usage, USER) + nanos(usage, SYSTEM), usage[VOLUNTARY], usage[INVOLUNTARY]);
    }

    private static long nanos(long[] usage, int seconds) {
        return usage[seconds] * 1_000_000_000L + usage[seconds + 1] * 1_000;
    }

    public ResourceUsage minus(ResourceUsage before) {
        return new ResourceUsage(cpuNs - before.cpuNs, voluntary - before.voluntary, involuntary - before.involuntary);
    }

    ResourceUsage plus(ResourceUsage other) {
        return new ResourceUsage(cpuNs + other.cpuNs, voluntary + other.voluntary, involuntary + other.involuntary);
    }
}
