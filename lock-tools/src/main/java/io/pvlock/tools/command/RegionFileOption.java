package io.pvlock.tools.command;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Where the region is: one option for all commands, before or after the command's name. */
public final class RegionFileOption {

    private static final String VARIABLE = "PVLOCK_REGION";

    @Option(
            names = {"-f", "--region"},
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "The region file; default: $" + VARIABLE + ", else /dev/shm/pvlock-$$USER.pvl.")
    private Path given;

    /** The file that was named on the command line. */
    Optional<Path> given() {
        return Optional.ofNullable(given);
    }

    Path path() {
        if (given != null) {
            return given;
        }
        String fromEnvironment = System.getenv(VARIABLE);
        return fromEnvironment != null && !fromEnvironment.isEmpty()
                ? Path.of(fromEnvironment)
                : Path.of("/dev/shm/pvlock-" + System.getProperty("user.name") + ".pvl");
    }

    /** Opens the region for a command that only looks: it is not made. */
    LockRegion openExisting() {
        return LockRegion.open(path(), options().withCreateIfMissing(false));
    }

    /** Opens the region, or makes it. */
    LockRegion openOrCreate() {
        return LockRegion.open(path(), options());
    }

    // A command lives too short to pay for Chronicle's start; the file is the same.
    private static RegionOptions options() {
        return RegionOptions.defaults().withMapping(RegionOptions.Mapping.PLAIN);
    }
}
