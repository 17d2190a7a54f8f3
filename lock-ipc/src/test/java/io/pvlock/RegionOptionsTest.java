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
        assertThat(DEFAULTS)
                .isEqualTo(new RegionOptions(
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
                        Set.of()));
    }

    @Test
    void eachWitherChangesOneComponent() {
        RegionOptions changed = DEFAULTS.withMaxProcesses(1)
                .withMaxVcpus(2)
                .withMaxLocks(3)
                .withEventCapacity(4)
                .withDataBytes(5)
                .withObjectBytes(6)
                .withMapping(RegionOptions.Mapping.PLAIN)
                .withCreateIfMissing(false)
                .withPermissions(PosixFilePermissions.fromString("rw-rw----"))
                .withTrustedOwners(Set.of("alice"));

        assertThat(changed)
                .isEqualTo(new RegionOptions(
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
                        Set.of("alice")));
        assertThat(DEFAULTS.maxProcesses()).isEqualTo(256);
    }

    @Test
    void aGroupMayReadAndWrite() {
        RegionOptions shared = DEFAULTS.withGroup("traders");

        assertThat(shared.group()).contains("traders");
        assertThat(shared.permissions()).isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
        assertThat(shared.withPermissions(PosixFilePermissions.fromString("rw-r-----"))
                        .permissions())
                .isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
    }

    @Test
    void refusesWhatCannotWork() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withMaxProcesses(0))
                .withMessage("maxProcesses=0, allowed are 1..65536");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withMaxVcpus(16384))
                .withMessage("maxVcpus=16384, allowed are 1..16383");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withMaxLocks(-1))
                .withMessage("maxLocks=-1, allowed are 1..16777216");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withEventCapacity(0))
                .withMessageContaining("eventCapacity=0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withDataBytes(-1))
                .withMessageContaining("dataBytes=-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withDataBytes(Integer.MAX_VALUE))
                .withMessageContaining("not below 2 GiB");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DEFAULTS.withPermissions(PosixFilePermissions.fromString("r--rw----")))
                .withMessageContaining("the owner must be able to read and to write");
        assertThatNullPointerException().isThrownBy(() -> DEFAULTS.withMapping(null));
    }
}
