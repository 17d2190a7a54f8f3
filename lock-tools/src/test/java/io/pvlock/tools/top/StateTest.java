package io.pvlock.tools.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StateTest {

    private final State state = new State(Column.WAIT);
    private Picture picture = TestPicture.of(
            TestPicture.row("a", 0, 0), TestPicture.row("b", 3, 1_000), TestPicture.row("c", 1, 2_000_000));

    private void type(String text) {
        text.chars().forEach(character -> state.press(Key.TEXT, (char) character));
        state.show(picture);
    }

    private void press(Key... keys) {
        for (Key key : keys) {
            state.press(key, '\0');
            state.show(picture);
        }
    }

    private List<String> names() {
        return state.rows().stream().map(LockRow::name).toList();
    }

    private String selected() {
        return state.rows().get(state.selectedIndex()).name();
    }

    @Test
    void longestQueuesFirstAndOtherOrdersByKey() {
        state.show(picture);
        assertThat(names()).containsExactly("b", "c", "a");
        type("h");
        assertThat(names()).containsExactly("c", "b", "a");
        type("n");
        assertThat(names()).containsExactly("a", "b", "c");
        type("r");
        assertThat(names()).containsExactly("c", "b", "a");
        type(">");
        assertThat(state.sort()).isEqualTo(Column.STATE);
        assertThat(state.isReversed()).isFalse();
        type("<<");
        assertThat(state.sort()).isEqualTo(Column.NAME);
    }

    @Test
    void whereTheOrderSaysNothingTheMostContendedAreFirst() {
        picture = TestPicture.of(
                TestPicture.row("a", 0, 0, 1), TestPicture.row("b", 0, 0, 50), TestPicture.row("c", 2, 0, 0));
        state.show(picture);
        assertThat(names()).containsExactly("c", "b", "a");
        type("r");
        assertThat(names()).containsExactly("b", "a", "c");
    }

    @Test
    void theSelectionStaysOnItsLock() {
        state.show(picture);
        assertThat(selected()).isEqualTo("b");
        press(Key.DOWN);
        assertThat(selected()).isEqualTo("c");
        type("n");
        assertThat(state.selectedIndex()).isEqualTo(2);
        assertThat(selected()).isEqualTo("c");
        press(Key.HOME, Key.UP);
        assertThat(selected()).isEqualTo("a");
        press(Key.END, Key.PAGE_DOWN);
        assertThat(selected()).isEqualTo("c");
        picture = TestPicture.of(TestPicture.row("a", 0, 0));
        state.show(picture);
        assertThat(selected()).isEqualTo("a");
        picture = TestPicture.of();
        state.show(picture);
        press(Key.DOWN, Key.ENTER);
        assertThat(state.selectedIndex()).isEqualTo(-1);
        assertThat(state.detailOf()).isNull();
    }

    @Test
    void aFilterIsTypedAndEnds() {
        picture = TestPicture.of(
                TestPicture.row("orders/q", 0, 0), TestPicture.row("Quotes", 0, 0), TestPicture.row("x", 0, 0));
        type("/q");
        assertThat(state.isTyping()).isTrue();
        assertThat(state.isOver()).as("q is a letter now").isFalse();
        assertThat(names()).containsExactly("Quotes", "orders/q");
        type("u");
        assertThat(names()).containsExactly("Quotes");
        press(Key.BACKSPACE, Key.ENTER);
        assertThat(state.isTyping()).isFalse();
        assertThat(names()).containsExactly("Quotes", "orders/q");
        press(Key.ESCAPE);
        assertThat(names()).hasSize(3);
        type("/zzz");
        press(Key.ESCAPE);
        assertThat(state.isTyping()).isFalse();
        assertThat(names()).hasSize(3);
        type("q");
        assertThat(state.isOver()).isTrue();
    }

    @Test
    void enterLooksCloselyAndEscapeGoesBack() {
        state.show(picture);
        press(Key.ENTER);
        assertThat(state.detailOf()).isEqualTo("b");
        type("/");
        assertThat(state.isTyping()).as("there is nothing to filter").isFalse();
        press(Key.ESCAPE);
        assertThat(state.detailOf()).isNull();
        press(Key.ENTER, Key.BACKSPACE);
        assertThat(state.detailOf()).isNull();
    }

    @Test
    void otherKeys() {
        type(" ");
        assertThat(state.isPaused()).isTrue();
        type(" ?");
        assertThat(state.isPaused()).isFalse();
        assertThat(state.isHelp()).isTrue();
        type("q");
        assertThat(state.isHelp()).as("any key").isFalse();
        assertThat(state.isOver()).isFalse();
        press(Key.RIGHT, Key.RIGHT, Key.LEFT, Key.UNKNOWN);
        assertThat(state.hidden()).isEqualTo(1);
        for (int i = 0; i < 100; i++) {
            press(Key.RIGHT);
        }
        assertThat(state.hidden()).isEqualTo(Columns.mostHidden());
        type("/");
        press(Key.INTERRUPT);
        assertThat(state.isOver()).as("Ctrl-C, at any time").isTrue();
    }

    @Test
    void noTwoColumnsHaveOneKeyAndNoneHasAnotherKey() {
        assertThat(Column.values())
                .filteredOn(column -> column.key() != '\0')
                .extracting(Column::key)
                .doesNotHaveDuplicates()
                .doesNotContain('q', 'r', '/', '?', ' ', '<', '>');
    }
}
