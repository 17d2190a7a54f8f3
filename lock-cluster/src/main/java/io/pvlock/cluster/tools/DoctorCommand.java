package io.pvlock.cluster.tools;

import io.pvlock.tools.command.Output;
import io.pvlock.tools.command.RegionFileOption;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pvlock cluster doctor}. */
@Command(
        name = "doctor",
        description = {"Check what can be checked of this host's part in the cluster. Status 1: something is wrong."})
final class DoctorCommand implements Callable<Integer> {

    @Mixin
    private ConnectOption connect;

    @Mixin
    private Output output;

    private final RegionFileOption region;

    DoctorCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws Exception {
        return ConnectOption.run(this::run);
    }

    private int run() {
        List<ClusterDoctor.Finding> findings = new ClusterDoctor(region, connect).findings();
        output.report(
                findings,
                out -> findings.forEach(finding -> out.println((finding.ok() ? "ok    " : "WRONG ") + finding.what())));
        return findings.stream().allMatch(ClusterDoctor.Finding::ok) ? 0 : 1;
    }
}
