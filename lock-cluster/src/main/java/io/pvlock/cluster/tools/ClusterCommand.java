package io.pvlock.cluster.tools;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pvlock cluster}: the parent of its commands. */
@Command(
        name = "cluster",
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Locks of several hosts, over ZooKeeper.",
            "When not to use them, and what each failure does: docs/cluster.md"
        })
final class ClusterCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}
