package io.pvlock.tools.command;

import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionView;
import io.pvlock.internal.file.LostFileUsers;
import io.pvlock.linux.Users;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** Where the region is, and who may be in it: options for all commands, before or after the command's name. */
public final class RegionFileOption {

    private static final String VARIABLE = "PVLOCK_REGION";

    @Option(
            names = {"-f", "--region"},
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "The region file; default: $" + VARIABLE + ", else /dev/shm/pvlock-UID.pvl.")
    private Path given;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            scope = ScopeType.INHERIT,
            converter = FileMode.Converter.class,
            description =
                    "Permissions of a region that is made, such as 0660, and those that one may have that is opened;"
                            + " default: 0600.")
    private Set<PosixFilePermission> mode;

    @Option(
            names = "--group",
            paramLabel = "GROUP",
            scope = ScopeType.INHERIT,
            description = "Share the region with this group: --mode 0660, and it may belong to any member.")
    private String group;

    @Option(
            names = "--trust",
            paramLabel = "USER",
            scope = ScopeType.INHERIT,
            description = "Also open a region that belongs to this user; may be given several times.")
    private Set<String> trusted = new LinkedHashSet<>();

    /** The file that was named on the command line. */
    public Optional<Path> given() {
        return Optional.ofNullable(given);
    }

    /** The file that the command is about: the one given, else that of the environment, else the user's own. */
    public Path path() {
        if (given != null) {
            return given;
        }
        String fromEnvironment = System.getenv(VARIABLE);
        return fromEnvironment != null && !fromEnvironment.isEmpty() ? Path.of(fromEnvironment) : ofUser();
    }

    // Not by the user's name: the environment says what it likes, and a uid may have none.
    private static Path ofUser() {
        return Path.of("/dev/shm/pvlock-" + Integer.toUnsignedString(Users.effectiveUid()) + ".pvl");
    }

    /**
     * For a command that makes a region of its own, which is nobody else's.
     *
     * @throws ParameterException if an option says who else may be in it
     */
    void refuseToShare(CommandSpec spec) {
        String options = (mode == null ? "" : " --mode")
                + (group == null ? "" : " --group")
                + (trusted.isEmpty() ? "" : " --trust");
        if (!options.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    spec.name() + " makes a region of its own, for its own processes, and shares it with nobody; leave"
                            + options + " out");
        }
    }

    /** The region for a command that only looks. */
    RegionView look() {
        try {
            return LockRegion.openForReading(path());
        } catch (RegionException e) {
            List<Integer> users = LostFileUsers.of(path().toAbsolutePath());
            throw users.isEmpty()
                    ? e
                    : new RegionException(
                            e.category(), e.getMessage() + ". But " + LostFile.describe(path(), users), e);
        }
    }

    /** Opens the region for a command that changes what is there: it is not made. */
    LockRegion openExisting() {
        return LockRegion.open(path(), options().createIfMissing(false).clustered(true));
    }

    /** Opens the region, or makes it. */
    LockRegion openOrCreate() {
        return LockRegion.open(path(), options());
    }

    /** How the options say that it is to be opened. A command lives too short to pay for Chronicle's start; the file is the same. */
    public RegionOptions options() {
        RegionOptions options = RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN);
        options = group == null ? options : options.group(group);
        options = mode == null ? options : options.permissions(mode);
        return options.trustedOwners(trusted);
    }
}
