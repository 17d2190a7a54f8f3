package io.pvlock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.testing.Warned;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LimitedLogTest {

    private final LimitedLog log = new LimitedLog();

    @Test
    void aCauseIsSaidOnce() {
        try (Warned warned = new Warned("LimitedLogTest")) {
            log.warn("a", () -> "LimitedLogTest one");
            log.warn("a", () -> {
                throw new AssertionError("nobody wants this message");
            });
            log.warn("b", () -> "LimitedLogTest two");

            assertThat(warned.messages()).containsExactly("LimitedLogTest one", "LimitedLogTest two");
        }
    }

    @Test
    void aThousandCausesAreNotAThousandLines() {
        try (Warned warned = new Warned("LimitedLogTest")) {
            IntStream.range(0, 1_000).forEach(i -> log.warn(i, () -> "LimitedLogTest " + i));

            // More, if this machine takes minutes for that.
            assertThat(warned.messages()).hasSizeBetween(10, 100);
        }
    }
}
