package io.pvlock.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import io.pvlock.embedding.BareJvm.Said;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The oldest and some later versions of what is needed beside our own. The newest is the one that everything else is tested with. */
@Timeout(1200)
class VersionsIT {

    @TempDir
    Path directory;

    private BareJvm jvm;

    @BeforeEach
    void createJvm() {
        jvm = new BareJvm(directory);
    }

    @ParameterizedTest
    @ValueSource(strings = {"agrona-2.1.0", "agrona-2.2.1", "jna-5.8.0", "jna-5.12.1"})
    void theseWillDo(String other) throws Exception {
        assertThat(run(other)).isEqualTo(new Said("locked\n", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"agrona-1.23.1", "agrona-2.0.0"})
    void anAgronaThatIsTooOldIsNamed(String old) throws Exception {
        assertThat(run(old).out())
                .startsWith("UNAVAILABLE Agrona " + old.substring("agrona-".length()) + " (file:")
                .contains(old + ".jar) is older than 2.1.0; put org.agrona:agrona:2.1.0 or later on the class path");
    }

    /** With {@code other} instead of ours. */
    private Said run(String other) throws Exception {
        Path jar = Path.of("target", "versions", other + ".jar").toAbsolutePath();
        assertThat(jar).satisfies(file -> assertThat(Files.isRegularFile(file)).isTrue());
        List<Path> entries = new ArrayList<>(BareJvm.needed());
        entries.remove(BareJvm.origin(other.startsWith("agrona") ? UnsafeBuffer.class : Native.class));
        entries.add(jar);
        entries.add(BareJvm.origin(BareMain.class));
        return jvm.java(
                List.of(),
                List.of(BareJvm.BY_JNA, "-cp", BareJvm.path(entries), BareMain.class.getName(), jvm.region()));
    }
}
