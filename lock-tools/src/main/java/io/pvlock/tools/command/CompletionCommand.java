package io.pvlock.tools.command;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pvlock completion}: what a shell completes our command lines with. */
@Command(
        name = "completion",
        description =
                "Print a script that lets bash or zsh complete command lines of pvlock: source <(pvlock completion)")
public final class CompletionCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        CommandLine commandLine = spec.commandLine();
        commandLine
                .getOut()
                .print(AutoComplete.bash(spec.root().name(), spec.root().commandLine()));
        commandLine.getOut().flush();
    }
}
