package io.pvlock.tools.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void numbersStandToTheRightAndTextToTheLeft() {
        Table table = new Table("name", "count").row("a", "1,234").row("longer", 5);
        assertThat(print(table)).isEqualTo("name    count\na       1,234\nlonger      5\n");
    }

    @Test
    void oneWordMakesAColumnText() {
        assertThat(print(new Table("n").row(1).row("ten").row((Object) null))).isEqualTo("n\n1\nten\n\n");
    }

    @Test
    void aRowHasAsManyCellsAsTheHeader() {
        Table table = new Table("a", "b");
        assertThatIllegalArgumentException().isThrownBy(() -> table.row(1)).withMessage("1 cells for 2 columns");
    }

    private static String print(Table table) {
        StringWriter text = new StringWriter();
        table.print(new PrintWriter(text, true));
        return text.toString();
    }
}
