package io.pvlock.tools.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.jr.ob.JSON;
import io.pvlock.linux.Descriptors;
import io.pvlock.tools.view.Printable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option {@code --json}, and the way of every report to the reader. */
public final class Output {

    /**
     * A reader wants the same keys each time. ASCII only: a terminal obeys more than what JSON must escape, and names are foreign.
     */
    private static final JSON ASCII_WITH_NULLS = JSON.builder(JsonFactory.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build())
            .enable(JSON.Feature.WRITE_NULL_PROPERTIES)
            .build();

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
            flush();
        }
    }

    /** @throws LostOutputException if nothing can be printed any more */
    void flush() {
        out().flush();
        // It is behind the writer of picocli, which is not told.
        if (System.out.checkError()) {
            throw new LostOutputException();
        }
    }

    /**
     * For a command that waits for something to print.
     *
     * @throws LostOutputException if nobody would read it
     */
    void checkReader() {
        if (Descriptors.isReaderGone(Descriptors.STANDARD_OUTPUT)) {
            throw new LostOutputException();
        }
    }

    public void jsonLine(Object data) {
        print(ASCII_WITH_NULLS, data);
    }

    /** The same on many lines, for people, too. */
    void prettyJson(Object data) {
        print(ASCII_WITH_NULLS.with(JSON.Feature.PRETTY_PRINT_OUTPUT), data);
    }

    private void print(JSON as, Object data) {
        try {
            out().println(as.asString(data));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        flush();
    }

    /** One line on standard error. */
    void complain(String what) {
        err().println("pvlock: " + Printable.of(what));
        err().flush();
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
