package io.pvlock.tests.artifacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.Command;
import io.pvlock.linux.RobustMutex;

/** What a user's program has left on the console. */
record Console(Command program) {

    /** Asserts that this is all that it has printed. Where the kernel has gaps, pvlock says that, too. */
    void printedOnly(String line) {
        String text = program.text();
        if (RobustMutex.supported()) {
            assertThat(text).as("all that is on the console").isEqualTo(line);
        } else {
            assertThat(text.lines()).contains(line);
        }
    }
}
