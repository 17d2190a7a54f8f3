package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CgroupQuotaTest {
    private static final int NONE = Integer.MAX_VALUE;
    private static final String V2 = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
    private static final String V1 = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n";

    @TempDir
    Path root;

    @BeforeEach
    void unrelatedMounts() throws IOException {
        mounts("");
    }

    @Test
    void nothingThereLimitsNothing() throws IOException {
        assertThat(CgroupQuota.cpus(root)).isEqualTo(NONE);
        assertThat(CgroupQuota.cpus(root.resolve("no/such/root"))).isEqualTo(NONE);
        file("proc/self/cgroup", "0::/\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "150000 100000, 2",
        "100000 100000, 1",
        "100001 100000, 2",
        "1000 100000, 1",
        "800000 50000, 16",
        "9223372036854775807 1, 2147483647"
    })
    void v2QuotaIsRoundedUp(String max, int cpus) throws IOException {
        v2("/app", "app", max + "\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(cpus);
    }

    @ParameterizedTest
    @ValueSource(strings = {"max 100000\n", "", "\n", "garbage", "150000", "150000 0", "-5 100000", "0 100000"})
    void v2WithoutAUsableQuotaLimitsNothing(String max) throws IOException {
        v2("/app", "app", max);
        assertThat(CgroupQuota.cpus(root)).isEqualTo(NONE);
    }

    @Test
    void aMountOfStrangeBytesHidesNothing() throws IOException {
        v2("/app", "app", "200000 100000\n");
        Path mounts = root.resolve("proc/self/mountinfo");
        byte[] strange = "40 23 0:40 / /mnt/caf\u00e9 rw - ext4 /dev/sdb rw\n".getBytes(StandardCharsets.ISO_8859_1);
        byte[] others = Files.readAllBytes(mounts);
        Files.write(mounts, strange);
        Files.write(mounts, others, StandardOpenOption.APPEND);

        assertThat(CgroupQuota.cpus(root)).isEqualTo(2);
    }

    @Test
    void v2AncestorLimitsToo() throws IOException {
        v2("/slice/unit/app", "slice/unit/app", "400000 100000\n");
        file("sys/fs/cgroup/slice/unit/cpu.max", "max 100000\n");
        file("sys/fs/cgroup/slice/cpu.max", "300000 100000\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(3);
        file("sys/fs/cgroup/slice/unit/app/cpu.max", "200000 100000\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(2);
    }

    @Test
    void v2SiblingAndWhatLiesAboveTheMountDoNot() throws IOException {
        v2("/slice/app", "slice/app", "400000 100000\n");
        file("sys/fs/cgroup/slice/other/cpu.max", "100000 100000\n");
        file("sys/fs/cpu.max", "100000 100000\n");
        file("cpu.max", "100000 100000\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(4);
    }

    @Test
    void v2RootOfACgroupNamespaceIsTheMountPoint() throws IOException {
        v2("/", "", "250000 100000\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(3);
    }

    @Test
    void v2ContainerThatSeesItsHostPathIsTheMountPoint() throws IOException {
        mounts("31 23 0:28 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
        file("proc/self/cgroup", "0::/docker/abc/inner\n");
        file("sys/fs/cgroup/cpu.max", "200000 100000\n");
        file("sys/fs/cgroup/inner/cpu.max", "100000 100000\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/../../elsewhere", "/elsewhere"})
    void groupOutsideOfTheMountIsTheMountPoint(String group) throws IOException {
        mounts("31 23 0:28 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
        file("proc/self/cgroup", "0::" + group + "\n");
        file("sys/fs/cgroup/cpu.max", "200000 100000\n");
        file("sys/fs/cgroup/elsewhere/cpu.max", "100000 100000\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(2);
    }

    @Test
    void groupOutsideOfTheNamespaceIsTheMountPoint() throws IOException {
        mounts(V2);
        file("proc/self/cgroup", "0::/../../elsewhere\n");
        file("sys/fs/cgroup/cpu.max", "200000 100000\n");
        file("sys/fs/cgroup/elsewhere/cpu.max", "100000 100000\n");
        file("sys/elsewhere/cpu.max", "100000 100000\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(2);
    }

    @Test
    void v1QuotaAndPeriodAreTwoFiles() throws IOException {
        v1("/app", "app", "250000\n", "100000\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(3);
        file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "100000\n");
        file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"-1, 100000", "garbage, 100000", "250000, 0", "250000, ''"})
    void v1WithoutAUsableQuotaLimitsNothing(String quota, String period) throws IOException {
        v1("/app", "app", quota + "\n", period + "\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(NONE);
    }

    @Test
    void v1OtherControllersAreNotTakenForCpu() throws IOException {
        v1("/app", "app", "300000\n", "100000\n");
        mounts(V1 + "33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n");
        for (String notOurs : List.of("cpu,cpuacct/other", "cpuset/app", "cpuset/other")) {
            file("sys/fs/cgroup/" + notOurs + "/cpu.cfs_quota_us", "100000\n");
            file("sys/fs/cgroup/" + notOurs + "/cpu.cfs_period_us", "100000\n");
        }
        assertThat(CgroupQuota.cpus(root)).isEqualTo(3);
    }

    @Test
    void hybridHostTakesTheSmallerOfBoth() throws IOException {
        mounts(V1 + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
        file("proc/self/cgroup", "4:cpu,cpuacct:/app\n0::/app\n");
        file("sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_quota_us", "300000\n");
        file("sys/fs/cgroup/cpu,cpuacct/app/cpu.cfs_period_us", "100000\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(3);
        file("sys/fs/cgroup/unified/app/cpu.max", "200000 100000\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(2);
    }

    @Test
    void mountPointsAreUnescaped() throws IOException {
        mounts("31 23 0:28 / /my\\040cgroup\\134x rw - cgroup2 cgroup2 rw\n");
        file("proc/self/cgroup", "0::/a:b\n");
        file("my cgroup\\x/a:b/cpu.max", "100000 100000\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(1);
    }

    @Test
    void truncatedProcFilesLimitNothing() throws IOException {
        mounts("31 23\n- -\n\n" + "31 23 0:28 / - cgroup2\n");
        file("proc/self/cgroup", "0:\n\n0::/\n");
        assertThat(CgroupQuota.cpus(root)).isEqualTo(NONE);
    }

    private void v2(String group, String directory, String max) throws IOException {
        mounts(V2);
        file("proc/self/cgroup", "0::" + group + "\n");
        file("sys/fs/cgroup/" + directory + "/cpu.max", max);
    }

    private void v1(String group, String directory, String quota, String period) throws IOException {
        mounts(V1);
        file("proc/self/cgroup", "5:cpuset:/other\n4:cpu,cpuacct:" + group + "\n");
        file("sys/fs/cgroup/cpu,cpuacct/" + directory + "/cpu.cfs_quota_us", quota);
        file("sys/fs/cgroup/cpu,cpuacct/" + directory + "/cpu.cfs_period_us", period);
    }

    private void mounts(String lines) throws IOException {
        file("proc/self/mountinfo", "22 27 0:21 / /proc rw,relatime shared:1 master:2 - proc proc rw\n" + lines);
    }

    private void file(String name, String content) throws IOException {
        Path path = root.resolve(name);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
    }
}
