package io.pvlock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CreditLimitsTest {

    @Test
    void whatIsChargedComesBack(@TempDir Path directory) throws Exception {
        List<String> report = CreditLimits.run(directory.resolve("region.pvl"), 2);

        assertThat(report.get(0)).startsWith("firm: open 0, at most ").contains(" of 1000,");
        assertThat(report.get(3)).doesNotEndWith(" 0");
    }
}
