package io.pvlock.cluster.network;

import java.util.List;

/** Machines that are only addresses of this one, which nobody else of this kind has: for who may not make a {@link Network}. */
public final class Loopback implements Machines {

    private static final int MACHINES = 32;

    // 22 bits of the process, and the machine.
    private final long base = ProcessHandle.current().pid() % (1 << 19) * MACHINES;

    @Override
    public String address(int machine) {
        if (machine < 0 || machine >= MACHINES) {
            throw new IllegalArgumentException("machine " + machine);
        }
        long low = base + machine;
        return "127." + (low >> 16 & 0xff) + "." + (low >> 8 & 0xff) + "." + (low & 0xff);
    }

    @Override
    public List<String> on(int machine) {
        return List.of();
    }

    @Override
    public void close() {
        // Nothing was made.
    }
}
