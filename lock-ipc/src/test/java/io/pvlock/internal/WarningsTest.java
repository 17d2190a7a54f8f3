package io.pvlock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What fails each second is said once. */
class WarningsTest {

    private static final Logger LOGGER = Logger.getLogger("io.pvlock");

    private final List<String> said = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            if (line.getMessage().startsWith("WarningsTest")) {
                said.add(line.getMessage() + " " + line.getThrown().getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private final Warnings warnings = new Warnings();

    @BeforeEach
    void listen() {
        LOGGER.addHandler(handler);
    }

    @AfterEach
    void ignore() {
        LOGGER.removeHandler(handler);
    }

    private void looks(String what) {
        warnings.guard("WarningsTest", () -> fail(what));
    }

    private static void fail(String what) {
        throw new IllegalStateException(what);
    }

    @Test
    void oneCauseIsSaidOnceWhateverValuesAreInItsMessage() {
        looks("slot 1");
        looks("slot 1");
        looks("slot 2");
        assertThat(said).containsExactly("WarningsTest slot 1");
    }

    @Test
    void anotherCauseIsSaidToo() {
        looks("one");
        warnings.guard("WarningsTest", () -> {
            throw new IllegalStateException("elsewhere");
        });
        warnings.guard("WarningsTest", () -> {
            throw new StackOverflowError("of another kind");
        });
        looks("one");
        assertThat(said).containsExactly("WarningsTest one", "WarningsTest elsewhere", "WarningsTest of another kind");
    }

    @Test
    void whatDoesNotFailIsNotSaidAndSomebodyElsesIs() {
        warnings.guard("WarningsTest", () -> {});
        assertThat(said).isEmpty();
        looks("mine");
        new Warnings().guard("WarningsTest", () -> fail("theirs"));
        assertThat(said).containsExactly("WarningsTest mine", "WarningsTest theirs");
    }

    @Test
    void aFailureWithoutATraceHasACauseToo() {
        RuntimeException bare = new RuntimeException("bare", null, false, false) {};
        warnings.guard("WarningsTest", () -> {
            throw bare;
        });
        warnings.guard("WarningsTest", () -> {
            throw bare;
        });
        assertThat(said).containsExactly("WarningsTest bare");
    }
}
