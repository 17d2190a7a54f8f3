package io.pvlock.tools.command;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.internal.directory.LockDirectory;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pvlock run}: flock(1) with this lock. */
@Command(
        name = "run",
        description = {
            "Run a command while holding a lock; the region and the lock are made if they do not exist.",
            "",
            "The status is the command's, 128+n if signal n ended it, 126 or 127 if it could not be started; if the lock"
                    + " could not be had in time, that of -E. The command finds in its environment:",
            "  PVLOCK_NAME        the name of the lock",
            "  PVLOCK_TOKEN       a number greater than that of every earlier holder",
            "  PVLOCK_OWNER_DIED  1 if a holder died before and nobody has ended well since, else 0",
            "  PVLOCK_WAITED_NS   how long it took to get the lock",
            "After the death of a holder, a command that ends with status 0 has put things right again.",
            "",
            "The lock is held by pvlock itself, not by the command or by what that leaves running."
        })
public final class RunCommand implements Callable<Integer> {

    private static final int CANNOT_EXECUTE = 126;
    private static final int NOT_FOUND = 127;
    /** EACCES, as JDK 17 and as later ones say it; there is no other way to learn the errno. */
    private static final Pattern NOT_PERMITTED = Pattern.compile("error(=|: )13\\b");

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-n", "--nb", "--nonblock"},
            description = "Do not wait.")
    private boolean nonblock;

    @Option(
            names = {"-w", "--wait", "--timeout"},
            paramLabel = "SECS",
            description = "Wait for so many seconds at most; fractions are allowed.")
    private Double wait;

    @Option(
            names = {"-E", "--conflict-exit-code"},
            paramLabel = "CODE",
            defaultValue = "1",
            description = "Status if the lock could not be had in time; default: ${DEFAULT-VALUE}.")
    private int conflictStatus;

    @Option(
            names = {"-c", "--command"},
            paramLabel = "CMD",
            description = "Run this by sh -c; also after NAME.")
    private String shellCommand;

    @Option(names = "--verbose", description = "Say how long it took to get the lock, and what is run.")
    private boolean verbose;

    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the lock.")
    private String name;

    @Parameters(index = "1..*", paramLabel = "CMD", description = "The command, after --.")
    private List<String> words = new ArrayList<>();

    private final RegionFileOption region;

    public RunCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() {
        List<String> command = command();
        long patienceNs = patienceNs();
        new Limits(spec).check("-E", conflictStatus, 0, 255);
        checkName();
        // A signal must not end us before the command has ended, or the lock would be left as by a dead owner.
        Unwinding unwinding = new Unwinding();
        try (LockRegion opened = region.openOrCreate()) {
            long begin = System.nanoTime();
            Optional<LockGuard> taken = take(opened, patienceNs);
            long waitedNs = System.nanoTime() - begin;
            if (taken.isEmpty()) {
                say("lock '%s' could not be had in %.6f seconds", name, waitedNs / 1e9);
                return conflictStatus;
            }
            try (LockGuard guard = taken.get()) {
                say("getting lock '%s' took %.6f seconds", name, waitedNs / 1e9);
                return runUnder(guard, command, waitedNs);
            }
        } catch (InterruptedException e) {
            // A signal ends us while we wait, and its number is the status.
            return conflictStatus;
        } finally {
            unwinding.done();
        }
    }

    private Optional<LockGuard> take(LockRegion opened, long patienceNs) throws InterruptedException {
        SharedLock lock = lock(opened);
        try {
            return lock.tryAcquire(patienceNs, TimeUnit.NANOSECONDS);
        } catch (IllegalStateException e) {
            // pvlock rm has removed it since it was looked up. A removed lock keeps nobody waiting for long.
            return lock(opened).tryAcquire(patienceNs, TimeUnit.NANOSECONDS);
        }
    }

    private int runUnder(LockGuard guard, List<String> command, long waitedNs) {
        guard.deadOwner()
                .ifPresent(dead -> warn("a holder of lock '" + name + "' (pid " + dead.pid()
                        + ") died holding it; the command is told by PVLOCK_OWNER_DIED=1"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(Redirect.INHERIT)
                .redirectOutput(Redirect.INHERIT)
                .redirectError(Redirect.INHERIT);
        builder.environment().put("PVLOCK_NAME", name);
        builder.environment().put("PVLOCK_TOKEN", Long.toString(guard.fencingToken()));
        builder.environment().put("PVLOCK_OWNER_DIED", guard.ownerDied() ? "1" : "0");
        builder.environment().put("PVLOCK_WAITED_NS", Long.toString(waitedNs));
        say("executing %s", String.join(" ", command));
        try {
            int status = await(builder.start());
            if (guard.ownerDied() && status == 0) {
                guard.markConsistent();
            }
            return status;
        } catch (IOException e) {
            // Which names the program and the error.
            warn(e.getMessage());
            return NOT_PERMITTED.matcher(e.getMessage()).find() ? CANNOT_EXECUTE : NOT_FOUND;
        }
    }

    // Interrupted: this process is to end, but not before the command.
    private static int await(Process process) {
        while (true) {
            try {
                return process.waitFor();
            } catch (InterruptedException e) {
                process.destroy();
            }
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>(words);
        if (shellCommand == null && command.size() == 2 && command.get(0).equals("-c")) {
            shellCommand = command.get(1);
            command.clear();
        }
        if (!command.isEmpty() && command.get(0).equals("--")) {
            command.remove(0);
        }
        if (shellCommand == null && command.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "Missing command: run NAME -- CMD..., or run NAME -c CMD");
        }
        if (shellCommand != null && !command.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "Two commands: -c '" + shellCommand + "' and " + command);
        }
        return shellCommand == null ? command : List.of("/bin/sh", "-c", shellCommand);
    }

    private long patienceNs() {
        if (wait == null) {
            return nonblock ? 0 : Long.MAX_VALUE;
        }
        new Limits(spec).check("-w", wait, 0, 1e9);
        return nonblock ? 0 : (long) (wait * 1e9);
    }

    // Before a region is made for it.
    private void checkName() {
        try {
            LockDirectory.checkName(name);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private SharedLock lock(LockRegion opened) {
        try {
            return opened.lock(name);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private void say(String format, Object... values) {
        if (verbose) {
            warn(String.format(Locale.ROOT, format, values));
        }
    }

    private void warn(String what) {
        spec.commandLine().getErr().println("pvlock: " + what);
        spec.commandLine().getErr().flush();
    }
}
