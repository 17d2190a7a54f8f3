package io.pvlock.tools.top;

import io.pvlock.HoldInfo;
import io.pvlock.VcpuInfo;
import io.pvlock.WaiterInfo;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A region at one time.
 *
 * @param eventRates the kernel's lock events, a second
 * @param detail of one lock, if one was asked for and is still there
 */
record Picture(
        Path region,
        Instant at,
        List<LockRow> rows,
        List<VcpuInfo> vcpus,
        Map<String, Double> eventRates,
        Optional<Detail> detail) {

    /**
     * One lock, and who has to do with it.
     *
     * @param commandLine of the owner; empty if there is none, or if it cannot be known here
     */
    record Detail(LockRow row, List<HoldInfo> holds, List<WaiterInfo> queue, Optional<String> commandLine) {}

    long waiting() {
        return vcpus.stream().filter(vcpu -> vcpu.waitingFor().isPresent()).count();
    }

    long dead() {
        return vcpus.stream().filter(vcpu -> !vcpu.alive()).count();
    }

    /** Name of the program of a vCPU; empty if it is not attached any more. */
    String commandOf(int vcpu) {
        return vcpus.stream()
                .filter(info -> info.vcpu() == vcpu)
                .map(VcpuInfo::command)
                .findFirst()
                .orElse("");
    }
}
