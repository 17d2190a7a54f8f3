package io.pvlock.tools.command;

import io.pvlock.RegionView;
import io.pvlock.VcpuInfo;
import io.pvlock.tools.view.RegionJson;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pvlock vcpus}: all attached threads. */
@Command(
        name = "vcpus",
        description = {
            "List the threads attached to the region, of all processes.",
            "Borrowed: by a thread whose end only its own process notices, within about a second, such as a virtual one."
        })
public final class VcpusCommand implements Callable<Integer> {

    @Mixin
    private Output output;

    private final RegionFileOption region;

    public VcpusCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() {
        try (RegionView opened = region.look()) {
            List<VcpuInfo> vcpus = opened.vcpus();
            output.report(vcpus.stream().map(RegionJson::of).toList(), out -> {
                Table table = new Table("vcpu", "pid", "tid", "command", "thread", "state", "waiting for");
                vcpus.forEach(vcpu -> table.row(
                        vcpu.vcpu(),
                        vcpu.pid(),
                        vcpu.tid(),
                        vcpu.command(),
                        vcpu.threadName(),
                        vcpu.alive() ? vcpu.state() : "dead",
                        vcpu.waitingFor().orElse("-")));
                table.print(out);
            });
            return 0;
        }
    }
}
