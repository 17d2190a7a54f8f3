package io.pvlock.internal.layout;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Pins every constant of the file format. After an intended change of the layout: raise {@link
 * HeaderDescriptor#VERSION} if a release has been made with the old one, run this test with {@code
 * -Dpvlock.golden.update=true}, look at the diff, and change {@code docs/layout.md}.
 */
class GoldenLayoutTest {

    private static final Path GOLDEN = Path.of("src/test/resources/io/pvlock/internal/layout/layout-v1.txt");

    @Test
    void noConstantAndNoSectionHasMoved() throws IOException {
        String actual = describe();
        if (Boolean.getBoolean("pvlock.golden.update")) {
            Files.writeString(GOLDEN, actual);
        }
        assertThat(actual).isEqualTo(Files.readString(GOLDEN));
    }

    @Test
    void theHashIsThatOfTheConstants() {
        assertThat(RegionLayout.layoutHash())
                .withFailMessage("a constant has changed: write VALUE = 0x%xL into LayoutHash", LayoutHash.computed())
                .isEqualTo(LayoutHash.computed());
    }

    private static String describe() {
        StringBuilder text = new StringBuilder();
        LayoutHash.constants()
                .forEach((name, value) ->
                        text.append(name).append(" = ").append(value).append('\n'));
        text.append(String.format("layout hash = %016x%n", LayoutHash.computed()));
        describe(text, new RegionLayout(256, 1024, 1024, 256, 0, 4096));
        describe(text, new RegionLayout(1, 1, 1, 1, 0, 0));
        describe(text, new RegionLayout(65536, 16383, 1_000_000, 100_000, 0, 1_000_000_000));
        return text.toString();
    }

    private static void describe(StringBuilder text, RegionLayout layout) {
        text.append(layout).append(':');
        for (int i = 0; i < HeaderDescriptor.SECTIONS; i++) {
            text.append(' ').append(layout.sectionOffset(i)).append('+').append(layout.sectionLength(i));
        }
        text.append(" = ").append(layout.length()).append('\n');
    }
}
