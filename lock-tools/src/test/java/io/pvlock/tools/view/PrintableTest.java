package io.pvlock.tools.view;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrintableTest {

    @Test
    void widths() {
        assertThat(Printable.width("")).isZero();
        assertThat(Printable.width("abc")).isEqualTo(3);
        assertThat(Printable.width("ロック")).isEqualTo(6);
        assertThat(Printable.width("e\u0301")).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"abc,3,abc", "abc,2,a~", "abc,1,~", "abc,0,''", "abc,-1,''", "ロック,5,ロッ~", "ロック,4,ロ~", "'',0,''"})
    void whatDoesNotFitIsCut(String text, int columns, String cut) {
        assertThat(Printable.cut(text, columns)).isEqualTo(cut);
    }

    @Test
    void foreignTextIsHarmless() {
        assertThat(Printable.of("\033[0m")).isEqualTo("\\x1b[0m");
    }
}
