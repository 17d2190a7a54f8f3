package io.pvlock.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import io.pvlock.embedding.BareJvm.Said;
import io.pvlock.linux.Linux;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A program that a container deploys again and again leaves nothing, if JNA and pvlock-linux are the container's. */
@Timeout(1200)
class ClassLoadersIT {

    private static final int DEPLOYMENTS = 12;

    @TempDir
    Path directory;

    @Test
    void programsThatWereUndeployedAreCollected() throws Exception {
        BareJvm jvm = new BareJvm(directory);
        List<Path> shared = List.of(BareJvm.origin(Native.class), BareJvm.origin(Linux.class));
        List<Path> own = new ArrayList<>(BareJvm.needed());
        own.removeAll(shared);
        own.add(BareJvm.origin(BareMain.class));

        Said said = jvm.java(
                List.of(),
                List.of(
                        "-cp",
                        BareJvm.origin(LoadersMain.class).toString(),
                        LoadersMain.class.getName(),
                        BareJvm.path(shared),
                        BareJvm.path(own),
                        String.valueOf(DEPLOYMENTS),
                        jvm.region()));

        assertThat(said).isEqualTo(new Said("locked\n".repeat(DEPLOYMENTS) + "0 left\n", ""));
    }
}
