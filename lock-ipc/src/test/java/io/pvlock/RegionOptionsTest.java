package io.pvlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RegionOptionsTest {

    private static final RegionOptions DEFAULTS = RegionOptions.defaults();

    @Test
    void defaultsAreTheDocumentedOnes() {
        assertIs(
                DEFAULTS,
                256,
                1024,
                1024,
                256,
                1 << 20,
                4096,
                RegionOptions.Mapping.AUTO,
                true,
                PosixFilePermissions.fromString("rw-------"),
                Optional.empty(),
                Set.of());
    }

    private static void assertIs(RegionOptions options, Object... values) {
        assertThat(new Object[] {
                    options.maxProcesses(),
                    options.maxVcpus(),
                    options.maxLocks(),
                    options.eventCapacity(),
                    options.objectBytes(),
                    options.dataBytes(),
                    options.mapping(),
                    options.createIfMissing(),
                    options.permissions(),
                    options.group(),
                    options.trustedOwners()
                })
                .isEqualTo(values);
    }

    @Test
    void eachMethodChangesOneOption() {
        RegionOptions changed = DEFAULTS.maxProcesses(1)
                .maxVcpus(2)
                .maxLocks(3)
                .eventCapacity(4)
                .dataBytes(5)
                .objectBytes(6)
                .mapping(RegionOptions.Mapping.PLAIN)
                .createIfMissing(false)
                .permissions(PosixFilePermissions.fromString("rw-rw----"))
                .trustedOwners(Set.of("alice"));

        assertIs(
                changed,
                1,
                2,
                3,
                4,
                6,
                5,
                RegionOptions.Mapping.PLAIN,
                false,
                PosixFilePermissions.fromString("rw-rw----"),
                Optional.empty(),
                Set.of("alice"));
        assertThat(DEFAULTS.maxProcesses()).isEqualTo(256);
    }

    @Test
    void aGroupMayReadAndWrite() {
        RegionOptions shared = DEFAULTS.group("traders");

        assertThat(shared.group()).contains("traders");
        assertThat(shared.permissions()).isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
        assertThat(shared.permissions(PosixFilePermissions.fromString("rw-r-----"))
                        .permissions())
                .isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
    }

    @Test
    void refusesWhatCannotWork() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.maxProcesses(0))
                .withMessage("maxProcesses=0, allowed are 1..65536");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.maxVcpus(16384))
                .withMessage("maxVcpus=16384, allowed are 1..16383");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.maxLocks(-1))
                .withMessage("maxLocks=-1, allowed are 1..16777216");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.eventCapacity(0))
                .withMessageContaining("eventCapacity=0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.dataBytes(-1))
                .withMessageContaining("dataBytes=-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.dataBytes(Integer.MAX_VALUE))
                .withMessageContaining("not below 2 GiB");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.permissions(PosixFilePermissions.fromString("r--rw----")))
                .withMessageContaining("the owner must be able to read and to write");
        assertThatNullPointerException().isThrownBy(() -> DEFAULTS.mapping(null));
    }
}
