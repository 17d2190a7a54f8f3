package io.pvlock.tools;

import io.pvlock.tools.command.BenchCommand;
import io.pvlock.tools.command.BreakCommand;
import io.pvlock.tools.command.CompletionCommand;
import io.pvlock.tools.command.DemoCommand;
import io.pvlock.tools.command.DoctorCommand;
import io.pvlock.tools.command.DumpCommand;
import io.pvlock.tools.command.EventsCommand;
import io.pvlock.tools.command.ExportCommand;
import io.pvlock.tools.command.FsckCommand;
import io.pvlock.tools.command.LsCommand;
import io.pvlock.tools.command.RegionFileOption;
import io.pvlock.tools.command.RmCommand;
import io.pvlock.tools.command.RunCommand;
import io.pvlock.tools.command.ScorecardCommand;
import io.pvlock.tools.command.StatCommand;
import io.pvlock.tools.command.TopCommand;
import io.pvlock.tools.command.TortureCommand;
import io.pvlock.tools.command.VcpusCommand;
import io.pvlock.tools.command.WaitCommand;
import io.pvlock.tools.command.WebCommand;
import io.pvlock.tools.command.WhoCommand;
import io.pvlock.tools.worker.Quiet;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Entry of the {@code pvlock} command line: wires the commands together. Exit statuses: {@link ExitStatus}. */
@Command(
        name = "pvlock",
        mixinStandardHelpOptions = true,
        scope = CommandLine.ScopeType.INHERIT,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description = "Locks in shared memory for the processes of one host.",
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done",
            "1:a check failed",
            "2:wrong command line",
            "3:region missing or unusable",
            "4:internal error, or standard output cannot be written",
            "141:nobody reads standard output any more"
        })
public final class Main implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private final RegionFileOption region = new RegionFileOption();

    private Main() {}

    public static void main(String[] args) {
        Quiet.events();
        int status = status(args);
        System.exit(System.out.checkError() ? ExitStatus.ofLostOutput() : status);
    }

    // Errors such as a missing JVM flag: a plain crash would be status 1, which says that a check failed.
    private static int status(String[] args) {
        try {
            CommandLine commandLine = commandLine();
            try {
                return commandLine.execute(args);
            } catch (Error e) {
                return ExitStatus.ofThrowable(e, commandLine);
            }
        } catch (LinkageError e) {
            return ExitStatus.ofFailureToTell(e);
        }
    }

    /** The parsed-to-be command line, with all its commands and the exit statuses above. */
    public static CommandLine commandLine() {
        Main main = new Main();
        // Its options are not known here.
        CommandLine run = new CommandLine(new RunCommand()).setUnmatchedOptionsArePositionalParams(true);
        CommandLine line = new CommandLine(main)
                .addSubcommand(new DemoCommand(main.region))
                .addSubcommand(run)
                .addSubcommand(new LsCommand(main.region))
                .addSubcommand(new WhoCommand(main.region))
                .addSubcommand(new WaitCommand(main.region))
                .addSubcommand(new BreakCommand(main.region))
                .addSubcommand(new RmCommand(main.region))
                .addSubcommand(new TopCommand(main.region))
                .addSubcommand(new StatCommand(main.region))
                .addSubcommand(new VcpusCommand(main.region))
                .addSubcommand(new EventsCommand(main.region))
                .addSubcommand(new DumpCommand(main.region))
                .addSubcommand(new WebCommand(main.region))
                .addSubcommand(new ExportCommand(main.region))
                .addSubcommand(new DoctorCommand(main.region))
                .addSubcommand(new FsckCommand(main.region))
                .addSubcommand(new TortureCommand(main.region))
                .addSubcommand(new BenchCommand(main.region))
                .addSubcommand(new ScorecardCommand(main.region))
                .addSubcommand(new CompletionCommand());
        ServiceLoader.load(CommandProvider.class)
                .forEach(provider -> line.addSubcommand(provider.command(main.region)));
        return line.setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(ExitStatus::ofWrongCommandLine)
                .setExecutionExceptionHandler(ExitStatus::ofException);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            var version = Main.class.getPackage().getImplementationVersion();
            // Only the jar's manifest knows the version; a run from class files has none.
            return new String[] {
                "pvlock " + (version == null ? "(unpackaged)" : version) + ", Java " + Runtime.version()
            };
        }
    }
}
