package io.pvlock.internal.wait;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.Inside;
import io.pvlock.LockRegion;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.core.Participant;
import io.pvlock.internal.layout.ReadWriteLockDescriptor;
import io.pvlock.testing.Regions;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every vCPU has a word of its own, and neighbours have not the same cache line as long as there are lines. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReadWordsTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 32, 100})
    void wordsAreApart(int maxVcpus) {
        try (LockRegion region =
                LockRegion.open(directory.resolve("region"), Regions.small().maxVcpus(maxVcpus))) {
            SharedReadWriteLock lock = region.readWriteLock("rw");
            int words = Inside.object(lock).body() + ReadWriteLockDescriptor.READERS_OFFSET;
            int lines = VcpuWords.Places.spread(words, maxVcpus).lines();
            int end = words + lines * 64;
            Map<Integer, Integer> userOfWord = new HashMap<>();
            for (int vcpu = 0; vcpu < maxVcpus; vcpu++) {
                ReadWords.of(
                                Inside.session(region).registry(),
                                Inside.object(lock).extent())
                        .put(new Participant(Inside.session(region).registry().vcpus(), vcpu, 1), 1);
                for (int at = words; at < end; at += Long.BYTES) {
                    if (Inside.session(region).memory().getLong(at) != 0
                            && userOfWord.putIfAbsent(at, vcpu) == null
                            && vcpu < lines) {
                        assertThat((at - words) / 64).isEqualTo(vcpu);
                    }
                }
            }
            assertThat(userOfWord.values()).hasSize(maxVcpus).doesNotHaveDuplicates();
        }
    }
}
