package io.pvlock.cluster.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.cluster.engine.SessionTicket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionStoreTest {

    private static final SessionTicket TICKET = new SessionTicket(0x8000_0000_0000_0010L, new byte[] {1, -1, 0});

    @TempDir
    private Path directory;

    private final UUID boot = UUID.randomUUID();

    private SessionStore store(UUID ofBoot) {
        return new SessionStore(directory.resolve("desk.pvl"), ofBoot);
    }

    @Test
    void whatIsWritten_isRead_andNobodyElseMay() throws IOException {
        SessionStore store = store(boot);
        assertThat(store.read()).isNull();
        store.write(new SessionTicket(1, new byte[0]));
        store.write(TICKET);
        assertThat(store.file()).isEqualTo(directory.resolve("desk.pvl.session"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(store.file())))
                .isEqualTo("rw-------");
        SessionTicket read = store(boot).read();
        assertThat(read.id()).isEqualTo(TICKET.id());
        assertThat(read.password()).isEqualTo(TICKET.password());
        store.delete();
        assertThat(store.read()).isNull();
    }

    @Test
    void sessionOfAnotherBoot_damaged_orReadable_isNone() throws IOException {
        SessionStore store = store(boot);
        store.write(TICKET);
        assertThat(store(UUID.randomUUID()).read()).isNull();
        Files.setPosixFilePermissions(store.file(), PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(store.read()).isNull();
        store.write(TICKET);
        Files.writeString(store.file(), "boot=" + boot + "\nid=xyz\n");
        assertThat(store.read()).isNull();
    }

    @Test
    void ticket_doesNotTellItsPassword() {
        assertThat(TICKET.toString()).isEqualTo("SessionTicket[8000000000000010]");
    }
}
