package io.pvlock.tools.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.tools.command.Diagnosis.Verdict;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {

    @ParameterizedTest
    @CsvSource({
        "Linux,6.18.44-fc-v769,OK",
        "Linux,5.16.0,OK",
        "Linux,5.15.167.4-microsoft-standard-WSL2,WARN",
        "Linux,4.18.0-553.el8,WARN",
        "Linux,7,OK",
        "Mac OS X,14.1,FAIL"
    })
    void kernels(String name, String version, Verdict verdict) {
        Diagnosis diagnosis = Doctor.kernel(name, version);
        assertThat(diagnosis.verdict()).isEqualTo(verdict);
        assertThat(diagnosis.detail()).contains(version);
    }
}
