package io.pvlock.tools.command;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option {@code --json}, and the way of every report to the reader. */
public final class Output {

    /** A reader wants the same keys each time. */
    private static final JSON WITH_NULLS = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

    @Option(names = "--json", description = "Report as one line of JSON.")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    /**
     * Prints a report in the form that was asked for.
     *
     * @param data maps, lists, records, strings, numbers and booleans, for JSON
     * @param text prints it for people
     */
    public void report(Object data, Consumer<PrintWriter> text) {
        if (json) {
            jsonLine(data);
        } else {
            text.accept(out());
            out().flush();
        }
    }

    public void jsonLine(Object data) {
        try {
            out().println(WITH_NULLS.asString(data));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out().flush();
    }

    public boolean isJson() {
        return json;
    }

    public PrintWriter out() {
        return spec.commandLine().getOut();
    }

    public PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
