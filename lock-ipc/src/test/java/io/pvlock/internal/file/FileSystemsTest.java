package io.pvlock.internal.file;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FileSystemsTest {

    @Test
    void hugetlbfsIsNamedWithARemedy() {
        assertThat(FileSystems.problemOf("hugetlbfs")).contains("no write(2)").contains("/dev/shm");
        assertThat(FileSystems.problemOf("tmpfs")).isEmpty();
    }
}
