package io.pvlock.tools.command;

import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options of a command that looks again and again: how often, and how many times. */
final class Watch {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-n", "--iterations"},
            paramLabel = "N",
            defaultValue = "0",
            description = "End after so many pictures; default: never.")
    private int iterations;

    @Option(
            names = {"-d", "--delay"},
            paramLabel = "SECS",
            defaultValue = "1",
            description = "Seconds between two pictures; default: ${DEFAULT-VALUE}.")
    private double delay;

    /** One look. */
    interface Picture {
        /** @param i from 0 */
        void show(int i);
    }

    /** Shows one picture after the other, until there were as many as were asked for. */
    void repeat(Picture picture) throws InterruptedException {
        check();
        for (int i = 0; !isOver(i); i++) {
            if (i > 0) {
                TimeUnit.NANOSECONDS.sleep(delayNs());
            }
            picture.show(i);
        }
    }

    /** @throws picocli.CommandLine.ParameterException if an option is out of range */
    void check() {
        Limits limits = new Limits(spec);
        limits.check("-n", iterations, 0, Integer.MAX_VALUE);
        limits.check("-d", delay, 0.01, 3600);
    }

    boolean isOver(int shown) {
        return iterations != 0 && shown >= iterations;
    }

    long delayNs() {
        return (long) (delay * 1e9);
    }
}
