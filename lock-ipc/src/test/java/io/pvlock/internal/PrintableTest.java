package io.pvlock.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "orders", "a b", "Zürich", "ロック", "C:\\x1b", "\ud83d\udd12 locked", "e\u0301"})
    void whatIsSeenStays(String text) {
        assertThat(Printable.of(text)).isSameAs(text);
    }

    @Test
    void whatIsNotSeenIsWrittenAsItsCode() {
        assertThat(Printable.of("\033[2J\u0007")).isEqualTo("\\x1b[2J\\x07");
        assertThat(Printable.of("a\r\nb\tc\u007f")).isEqualTo("a\\x0d\\x0ab\\x09c\\x7f");
        assertThat(Printable.of("\u009b31m \u0085")).as("C1").isEqualTo("\\x9b31m \\x85");
        assertThat(Printable.of("x\u202egnp.\u2066y\u200f\ufeff"))
                .as("bidirectional and other formats")
                .isEqualTo("x\\u202egnp.\\u2066y\\u200f\\ufeff");
        assertThat(Printable.of("\u2028\u2029")).isEqualTo("\\u2028\\u2029");
        assertThat(Printable.of("\ud800x \ue000")).isEqualTo("\\ud800x \\ue000");
        assertThat(Printable.of("\ud83d\udd12\udb40\udc01")).as("a tag").isEqualTo("\ud83d\udd12\\U000e0001");
    }

    @Test
    void noCharacterOfAllIsLeftThatATerminalObeys() {
        StringBuilder all = new StringBuilder();
        for (int code = 0; code <= Character.MAX_CODE_POINT; code++) {
            all.appendCodePoint(code);
        }
        String once = Printable.of(all.toString());
        assertThat(once.codePoints().filter(Character::isISOControl)).isEmpty();
        assertThat(once.codePoints().filter(code -> Character.getType(code) == Character.FORMAT))
                .isEmpty();
        assertThat(Printable.of(once)).isSameAs(once);
    }
}
