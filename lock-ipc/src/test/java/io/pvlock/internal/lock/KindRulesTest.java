package io.pvlock.internal.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KindRulesTest {

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
        assertThat(KindRules.choose(new KindRules.Machine(cpus, noPvSpin, dedicated)))
                .isSameAs(expected);
    }

    @Test
    void refusesAMachineWithoutCpus() {
        assertThatThrownBy(() -> new KindRules.Machine(0, false, false)).hasMessageContaining("usableCpus=0");
    }
}
