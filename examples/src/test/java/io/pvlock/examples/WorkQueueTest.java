package io.pvlock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkQueueTest {

    @Test
    void everyJobIsDoneOnce(@TempDir Path directory) throws Exception {
        assertThat(WorkQueue.run(directory.resolve("region.pvl"))).isEqualTo(20_000);
    }
}
