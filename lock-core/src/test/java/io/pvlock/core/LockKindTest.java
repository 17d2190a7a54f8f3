package io.pvlock.core;

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
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("code=" + code);
    }

    @ParameterizedTest
    @CsvSource({
        "1, false, false, PV",
        "2, false, false, PV",
        "64, false, false, PV",
        "1, true, false, NATIVE",
        "8, true, false, NATIVE",
        "1, false, true, NATIVE",
        "8, false, true, NATIVE",
        "8, true, true, NATIVE"
    })
    void choosesAsTheKernelDoesButForOneCpu(int cpus, boolean noPvSpin, boolean dedicated, LockKind expected) {
        assertThat(LockKind.auto(new KindRules.Machine(cpus, noPvSpin, dedicated)))
                .isSameAs(expected);
    }

    @Test
    void refusesAMachineWithoutCpus() {
        assertThatThrownBy(() -> new KindRules.Machine(0, false, false)).hasMessageContaining("usableCpus=0");
    }
}
