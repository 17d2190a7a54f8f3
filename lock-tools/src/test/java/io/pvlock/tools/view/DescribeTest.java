package io.pvlock.tools.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DescribeTest {

    @ParameterizedTest
    @CsvSource({
        "0,0 ns",
        "999,999 ns",
        "1500,1.5 us",
        "12345678,12.3 ms",
        "59900000000,59.9 s",
        "60000000000,0:01:00",
        "93784000000000,26:03:04"
    })
    void durationsForPeople(long ns, String text) {
        assertThat(Describe.duration(Duration.ofNanos(ns))).isEqualTo(text);
    }
}
