package io.pvlock.tools.top;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BriefTest {

    @ParameterizedTest
    @CsvSource({
        "-1,-",
        "0,0ns",
        "999,999ns",
        "1000,1.0us",
        "9949,9.9us",
        "9951,10us",
        "999499,999us",
        "999500,1.0ms",
        "12345678,12ms",
        "999500000,1.0s",
        "99499999999,99s",
        "99500000000,1m39",
        "3599000000000,59m59",
        "3600000000000,1h00",
        "359940000000000,99h59",
        "360000000000000,4d",
        "9223372036854775807,106751d"
    })
    void times(long ns, String text) {
        assertThat(Brief.time(ns)).isEqualTo(text).hasSizeLessThanOrEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource({"-1,-", "0,0", "9999,9999", "10000,10.0k", "999949,999.9k", "999950,1.0M", "12345678,12.3M", "5e9,5.0G"
    })
    void counts(double count, String text) {
        assertThat(Brief.count(count)).isEqualTo(text).hasSizeLessThanOrEqualTo(6);
    }

    @Test
    void percents() {
        assertThat(Brief.percent(-1)).isEqualTo("-");
        assertThat(Brief.percent(0)).isEqualTo("0.0");
        assertThat(Brief.percent(1)).isEqualTo("100.0");
    }
}
