package io.pvlock.tools.command;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code pvlock run}, in the list of commands. It is a program in C, {@code native/c/run}: a command that runs under a lock shall find
 * itself in what it would find itself in without, and start as fast. A JVM can do neither.
 */
@Command(
        name = "run",
        description = {
            "Run a command while holding a lock. This is pvlock-run, a program without a JVM: see ./pvlock run --help, or"
                    + " pvlock-run --help where it is installed."
        })
public final class RunCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..*", hidden = true)
    private List<String> words;

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(),
                "run is pvlock-run, a program without a JVM: start it by ./pvlock run, or as pvlock-run where it is installed");
    }
}
