package io.pvlock.tools.command;

import io.pvlock.tools.http.Access;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where a command that serves listens, and who may ask. */
final class ListenOptions {

    @Option(
            names = "--address",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Listen on this address; default: ${DEFAULT-VALUE}, which only this host reaches.")
    private String address;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "0",
            description = "Listen on this port; default: any that is free. It is printed.")
    private int port;

    @Option(
            names = "--allow-remote",
            description = "Let the address be one that other hosts reach. Nobody is asked for a password.")
    private boolean allowRemote;

    @Option(
            names = "--allow-host",
            paramLabel = "NAME",
            description = "Also answer requests to this host name, not only to addresses and localhost; may be given"
                    + " several times.")
    private Set<String> names = new LinkedHashSet<>();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /** @throws ParameterException if that may not be */
    Access access() {
        new Limits(spec).check("--port", port, 0, 65535);
        try {
            return Access.of(address, port, allowRemote, names);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** What to throw when the address and the port cannot be had. */
    ParameterException cannotListen(IOException e) {
        return new ParameterException(
                spec.commandLine(),
                "cannot listen on --address=" + address + " --port=" + port + ": " + e.getMessage()
                        + "; choose another port, or none for any that is free",
                e);
    }
}
