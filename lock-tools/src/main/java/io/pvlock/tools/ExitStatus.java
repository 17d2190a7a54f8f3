package io.pvlock.tools;

import io.pvlock.OwnerDiedException;
import io.pvlock.RegionException;
import io.pvlock.core.CorruptMemoryException;
import io.pvlock.linux.Descriptors;
import io.pvlock.tools.command.LostOutputException;
import io.pvlock.tools.view.Printable;
import java.io.FileInputStream;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What the shell is told, and the one line on standard error that goes with it. */
final class ExitStatus {

    static final int REGION_UNUSABLE = 3;
    static final int INTERNAL_ERROR = 4;
    /** As of a program that SIGPIPE ends; a JVM ignores that signal. */
    static final int NO_READER = 128 + 13;

    private ExitStatus() {}

    static int ofWrongCommandLine(ParameterException e, String[] args) {
        var command = e.getCommandLine();
        var err = command.getErr();
        if (isUnknownCommand(e)) {
            err.println("pvlock: Unknown command '"
                    + Printable.of(
                            ((UnmatchedArgumentException) e).getUnmatched().get(0)) + "', known are "
                    + String.join(", ", command.getSubcommands().keySet()));
        } else {
            err.println("pvlock: " + Printable.of(e.getMessage()));
            UnmatchedArgumentException.printSuggestions(e, err);
        }
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        err.flush();
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private static boolean isUnknownCommand(ParameterException e) {
        return e instanceof UnmatchedArgumentException unmatched
                && !unmatched.isUnknownOption()
                && e.getCommandLine().getParent() == null;
    }

    static int ofException(Exception e, CommandLine command, ParseResult parsed) {
        return ofThrowable(e, command);
    }

    static int ofThrowable(Throwable e, CommandLine command) {
        if (e instanceof LostOutputException) {
            return INTERNAL_ERROR; // Main says so, of all that print
        }
        boolean region =
                e instanceof RegionException || e instanceof OwnerDiedException || e instanceof CorruptMemoryException;
        command.getErr().println("pvlock: " + Printable.of(region ? e.getMessage() : describe(e)));
        command.getErr().flush();
        return region ? REGION_UNUSABLE : INTERNAL_ERROR;
    }

    /** Where nobody reads there is nobody to be told. */
    static int ofLostOutput() {
        if (Descriptors.isReaderGone(Descriptors.STANDARD_OUTPUT)) {
            return NO_READER;
        }
        System.err.println("pvlock: standard output cannot be written; is its disk full, or is it closed?");
        return INTERNAL_ERROR;
    }

    /** Where even the classes of this one are not found. */
    static int ofFailureToTell(Error e) {
        System.err.println("pvlock: " + describe(e));
        return INTERNAL_ERROR;
    }

    private static String describe(Throwable e) {
        StackTraceElement[] trace = e.getStackTrace();
        return "internal error: " + e + (trace.length == 0 ? "" : " at " + trace[0]) + openFiles();
    }

    /** A class that is not found may only be a file that cannot be opened. */
    static String openFiles() {
        try (FileInputStream any = new FileInputStream("/dev/null")) {
            return any.available() < 0 ? "?" : "";
        } catch (IOException e) {
            return "; " + e.getMessage() + ": too few open files are allowed, raise the limit (ulimit -n)";
        }
    }
}
