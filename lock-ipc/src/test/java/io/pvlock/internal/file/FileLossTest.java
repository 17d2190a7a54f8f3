package io.pvlock.internal.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What has happened to a file's name, by what the kernel says. */
class FileLossTest {

    private static final FileFacts MINE = facts("mine", 1);
    private static final FileFacts MINE_WITHOUT_NAME = facts("mine", 0);
    private static final FileFacts OTHER = facts("other", 1);

    @Test
    void aFileThatHasItsNameIsNotLost() {
        assertThat(FileLoss.describe(MINE, Optional.of(facts("mine", 2)))).isEmpty();
    }

    @Test
    void eachLossHasItsWords() {
        assertThat(FileLoss.describe(MINE_WITHOUT_NAME, Optional.empty())).contains("deleted");
        assertThat(FileLoss.describe(MINE_WITHOUT_NAME, Optional.of(OTHER)))
                .contains("deleted, and another file has its name");
        assertThat(FileLoss.describe(MINE, Optional.empty())).contains("moved away");
        assertThat(FileLoss.describe(MINE, Optional.of(OTHER))).contains("moved away, and another file has its name");
    }

    private static FileFacts facts(String key, int links) {
        return new FileFacts(0, 0, 0100600, links, key);
    }
}
