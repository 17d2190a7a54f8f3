package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LockKindTest {

    /** Codes are in region files: a change here is a change of the file format. */
    @ParameterizedTest
    @CsvSource({"PV, 1", "NATIVE, 2", "TICKET, 3", "MCS, 4", "TAS, 5"})
    void codesNeverChange(LockKind kind, int code) {
        assertThat(kind.code()).isEqualTo(code);
        assertThat(LockKind.fromCode(code)).isSameAs(kind);
    }

    @Test
    void everyKindHasACode() {
        assertThat(LockKind.values())
                .allSatisfy(kind -> assertThat(LockKind.fromCode(kind.code())).isSameAs(kind));
        assertThat(LockKind.values()).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 6, Integer.MAX_VALUE})
    void refusesUnknownCodes(int code) {
        assertThatThrownBy(() -> LockKind.fromCode(code))
                .isInstanceOf(RegionException.class)
                .hasMessageContaining("code=" + code);
    }
}
