package io.pvlock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class MarketDataSnapshotTest {

    @Test
    @Timeout(120)
    void runs(@TempDir Path directory) throws Exception {
        assertThat(MarketDataSnapshot.run(directory.resolve("region.pvl"))).isEqualTo(50_000);
    }
}
