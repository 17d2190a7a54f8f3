package io.pvlock.cluster.agent;

import io.pvlock.cluster.engine.SessionTicket;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;

/**
 * The session of this host, in a file beside the region that only its owner may read: the password of a session is a secret, and the
 * region may be shared with a group.
 */
public final class SessionStore {

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path file;
    private final UUID boot;

    /** @param boot the present one: a session does not outlive it */
    public SessionStore(Path region, UUID boot) {
        this.file = region.resolveSibling(region.getFileName() + ".session");
        this.boot = boot;
    }

    public Path file() {
        return file;
    }

    /** Replaces what is there. */
    public void write(SessionTicket ticket) {
        String text = "boot=" + boot + "\nid=" + ticket.name() + "\npassword="
                + HexFormat.of().formatHex(ticket.password()) + "\n";
        Path next = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(next);
            Files.createFile(next, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            Files.writeString(next, text);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the session to " + file, e);
        }
    }

    /** The session of the agent before; null if there is none that can be gone on with. */
    public SessionTicket read() {
        try {
            if (!Files.exists(file) || !Files.getPosixFilePermissions(file).equals(OWNER_ONLY)) {
                return null;
            }
            Properties properties = new Properties();
            properties.load(new StringReader(Files.readString(file)));
            boolean old = !boot.toString().equals(properties.getProperty("boot"));
            return old
                    ? null
                    : new SessionTicket(
                            Long.parseUnsignedLong(properties.getProperty("id"), 16),
                            HexFormat.of().parseHex(properties.getProperty("password")));
        } catch (IOException | IllegalArgumentException | NullPointerException e) {
            return null; // a new session costs a time-out, no more
        }
    }

    public void delete() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
