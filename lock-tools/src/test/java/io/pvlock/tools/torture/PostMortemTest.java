package io.pvlock.tools.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockRegion;
import io.pvlock.Vcpu;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class PostMortemTest {

    @TempDir
    private Path directory;

    @Test
    void whoseSlotHasAnotherUserMayHaveDiedAnywhere() throws IOException {
        TortureSetup setup = new TortureSetup(directory.resolve("region.pvl"), 1, 1, 2, 1, 0, true, true, false, null);
        try (LockRegion region = LockRegion.open(setup.region(), setup.regionOptions())) {
            TortureBoard board = new TortureBoard(region.data(), setup.locks());
            RegionInternals internals = new RegionInternals(setup.region());
            PostMortem postMortem = new PostMortem(setup, board, internals);
            ThreadRecord thread = board.thread(0);
            Vcpu vcpu = region.attach();
            thread.attached(vcpu.index(), internals.slotState(vcpu.index()));
            thread.approaches(0, 1);
            Victim victim = new Victim(1, new ProcessBuilder("true").start());
            victim.index = 0;
            long before = System.nanoTime();
            postMortem.examine(victim);
            assertThat(postMortem.mayHaveDiedInSlowPathSince(1, before)).isFalse();
            vcpu.close();
            region.attach();
            postMortem.examine(victim);
            assertThat(postMortem.mayHaveDiedInSlowPathSince(1, before)).isTrue();
            assertThat(postMortem.mayHaveDiedInSlowPathSince(0, before)).isFalse();
            assertThat(postMortem.killedWhile()).containsEntry("elsewhere", 2L);
        }
    }
}
