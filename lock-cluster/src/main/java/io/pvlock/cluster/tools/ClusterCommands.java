package io.pvlock.cluster.tools;

import io.pvlock.tools.CommandProvider;
import io.pvlock.tools.command.RegionFileOption;
import picocli.CommandLine;

/** Brings {@code pvlock cluster} to the command line. */
public final class ClusterCommands implements CommandProvider {

    @Override
    public Object command(RegionFileOption region) {
        return new CommandLine(new ClusterCommand())
                .addSubcommand(new DemoCommand())
                .addSubcommand(new StatusCommand(region))
                .addSubcommand(new WhoCommand())
                .addSubcommand(new YieldCommand(region))
                .addSubcommand(new EvictCommand())
                .addSubcommand(new AdoptCommand(region))
                .addSubcommand(new DoctorCommand(region))
                .addSubcommand(new AgentCommand(region));
    }
}
