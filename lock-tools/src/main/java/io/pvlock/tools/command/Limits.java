package io.pvlock.tools.command;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks that numbers of a command line are in range. */
record Limits(CommandSpec spec) {

    /** @throws ParameterException naming the option, its value and the range */
    void check(String option, long value, long min, long max) {
        if (value < min || value > max) {
            throw new ParameterException(
                    spec.commandLine(), option + "=" + value + ", allowed are " + min + ".." + max);
        }
    }

    /** @throws ParameterException as {@link #check(String, long, long, long)} */
    void check(String option, double value, double min, double max) {
        if (!(value >= min && value <= max)) {
            throw new ParameterException(
                    spec.commandLine(), option + "=" + value + ", allowed are " + min + ".." + max);
        }
    }
}
