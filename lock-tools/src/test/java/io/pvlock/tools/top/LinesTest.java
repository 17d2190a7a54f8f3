package io.pvlock.tools.top;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.tools.view.Printable;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinesTest {

    private final State state = new State(Column.WAIT);

    private Lines.Page page(Picture picture, int width, int height) {
        state.show(picture);
        return new Lines(width, height).of(picture, state);
    }

    @Test
    void eightyColumnsHaveWhatMattersMost() {
        Lines.Page page = page(TestPicture.of(TestPicture.row("a", 0, 0), TestPicture.row("b", 3, 1_500_000)), 80, 24);
        assertThat(page.lines().get(0)).isEqualTo("/dev/shm/test.pvl  2 locks, 1 vcpus, 1 waiting, 0 dead  08:09:10Z");
        assertThat(page.lines().get(1)).isEqualTo("a second: 13 waits, 0 steals, 7 sleeps, 0 kicks, 1 owners died");
        assertThat(page.lines().get(2).split(" +"))
                .containsExactly("NAME", "STATE", "OWNER", "HELD", "*WAIT", "ACQ/S", "CONT%", "W-P99", "H-P99");
        assertThat(page.lines().get(3).split(" +"))
                .containsExactly("b", "held", "4711", "java", "1.5ms", "3", "12.3k", "1.3", "340us", "8.0us");
        assertThat(page.lines().get(4)).startsWith("a ").contains(" free ");
        assertThat(page.header()).isEqualTo(2);
        assertThat(page.bright()).isEqualTo(3);
    }

    @Test
    void wideTerminalsHaveAllColumns() {
        Lines.Page page = page(TestPicture.of(TestPicture.row("a", 0, 0)), 131, 24);
        assertThat(page.lines().get(2).replace("*", "").strip().split(" +")).containsExactly(PlainPicture.titles());
    }

    @Test
    void otherColumnsComeFromTheRight() {
        state.press(Key.RIGHT, '\0');
        state.press(Key.RIGHT, '\0');
        assertThat(page(TestPicture.of(TestPicture.row("a", 0, 0)), 80, 24)
                        .lines()
                        .get(2)
                        .strip())
                .startsWith("NAME")
                .contains(" HELD ")
                .doesNotContain("STATE")
                .contains("W-MAX");
    }

    @Test
    void helpIsWholeInEightyColumns() {
        state.press(Key.TEXT, '?');
        assertThat(page(TestPicture.of(), 80, 24).lines())
                .anyMatch(line -> line.startsWith("W- H-"))
                .noneMatch(line -> line.contains("~"));
    }

    @ParameterizedTest
    @CsvSource({"80,24", "200,50", "40,10", "20,4", "1,1", "80,3"})
    void aPageIsNeverLargerThanTheTerminal(int width, int height) {
        Picture picture = TestPicture.many(100);
        for (Key key : List.of(Key.UNKNOWN, Key.END, Key.ENTER)) {
            state.press(key, '\0');
            Lines.Page page = page(picture, width, height);
            assertThat(page.lines()).hasSizeLessThanOrEqualTo(Math.max(4, height));
            assertThat(page.lines())
                    .allSatisfy(line -> assertThat(Printable.width(line)).isLessThanOrEqualTo(Math.max(20, width)));
            assertThat(page.bright()).isLessThan(page.lines().size());
        }
        state.press(Key.ESCAPE, '\0');
        state.press(Key.TEXT, '?');
        assertThat(page(picture, width, height).lines()).hasSizeLessThanOrEqualTo(Math.max(4, height));
    }

    @Test
    void theListFollowsTheSelection() {
        Picture picture = TestPicture.many(100);
        Lines.Page first = page(picture, 80, 24);
        assertThat(first.lines().get(first.bright())).startsWith("lock-0000");
        state.press(Key.END, '\0');
        Lines.Page last = page(picture, 80, 24);
        assertThat(last.lines().get(last.bright())).startsWith("lock-0099");
        assertThat(last.bright()).isLessThan(23);
    }

    @Test
    void oneLockCloselyAndNothingThatATerminalObeys() {
        LockRow row = TestPicture.row("b\033[2J", 1, 1_500_000);
        state.show(TestPicture.of(row));
        state.press(Key.ENTER, '\0');
        Lines.Page page = page(TestPicture.closely(row), 80, 24);
        assertThat(page.lines())
                .anyMatch(line -> line.equals("lock     b\\x1b[2J"))
                .anyMatch(line -> line.equals("owner    pid 4711, thread 4712 'main', vcpu 1, holds"))
                .anyMatch(line -> line.equals("program  java -jar x.jar\\x1b[8m"))
                .anyMatch(line -> line.equals("held for 1.5 ms"))
                .anyMatch(line -> line.equals("waits    4321 measured: p50 1.2 us, p99 340.0 us, longest 12.0 ms"))
                .anyMatch(line -> line.matches("  1 hashed +12.0 ms +99:100 +2  cat, 'the waiter'"));
        assertThat(String.join("", page.lines()).chars().filter(Character::isISOControl))
                .isEmpty();
        Lines.Page gone = page(TestPicture.of(), 80, 24);
        assertThat(gone.lines()).contains("no lock 'b\\x1b[2J' any more");
    }

    @Test
    void longNamesAndWideLettersAreCut() {
        String name = "ロック".repeat(30);
        Lines.Page page = page(TestPicture.of(TestPicture.row(name, 0, 0)), 80, 24);
        assertThat(page.lines().get(3)).startsWith("ロックロック").contains("~").contains("free");
        assertThat(Printable.width(page.lines().get(3))).isLessThanOrEqualTo(80);
    }
}
