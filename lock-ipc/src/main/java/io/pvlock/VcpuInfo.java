package io.pvlock;

import java.util.Map;
import java.util.Optional;

/**
 * One attached thread. A snapshot: it may be over when it is read.
 *
 * @param state of the slot: {@code attached}, {@code borrowed}, which is without a sentinel, {@code dead}, ...
 * @param waitingFor name of the lock that it waits for
 * @param lockEvents counts of the lock's events, under the kernel's names, those that are not 0
 */
public record VcpuInfo(
        int vcpu,
        int pid,
        int tid,
        String threadName,
        String command,
        String state,
        boolean alive,
        Optional<String> waitingFor,
        Map<String, Long> lockEvents) {

    /** As {@link OwnerInfo#borrowed}. */
    public boolean borrowed() {
        return state.equals("borrowed");
    }
}
