package io.pvlock.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.Scanner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
class ChildJvmTest {

    /** Answers each line with itself, after a word that is no answer; ends at "end", or with its input. */
    static final class Echo {
        public static void main(String[] args) {
            Scanner in = new Scanner(System.in);
            while (in.hasNextLine()) {
                String line = in.nextLine();
                System.out.println("heard " + line);
                if (line.equals("end")) {
                    System.exit(7);
                }
                System.out.println(ChildJvm.MARK + line);
            }
        }
    }

    @Test
    void answersAreToldFromAllElse() throws Exception {
        try (ChildJvm child = ChildJvm.start(Echo.class)) {
            assertThat(child.ask("one 1", "one")).isEqualTo("1");
            child.send("two");
            assertThat(child.answer()).isEqualTo("two");
            assertThat(child.log()).contains("heard one 1").doesNotContain(ChildJvm.MARK);
            assertThat(child.end()).isZero();
        }
    }

    @Test
    void oneThatEndsInsteadFailsWithWhatItPrinted() throws Exception {
        try (ChildJvm child = ChildJvm.start(Echo.class)) {
            child.send("end");
            assertThatThrownBy(() -> child.expect("one"))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("ended instead of answering 'one'")
                    .hasMessageContaining("heard end");
            assertThat(child.nextAnswer()).isNull();
            assertThat(child.awaitExit()).isEqualTo(7);
        }
    }

    @Test
    void aWrongAnswerFails() {
        try (ChildJvm child = ChildJvm.start(Echo.class)) {
            assertThatThrownBy(() -> child.ask("two", "one")).hasMessageContaining("answered 'two' instead of 'one'");
        }
    }

    @Test
    void closedItIsGone() {
        ChildJvm child = ChildJvm.start(Echo.class);
        assertThat(child.isAlive()).isTrue();
        child.close();
        assertThat(child.isAlive()).isFalse();
    }

    @Test
    void itHasTheFlagsOfThisJvm() throws Exception {
        try (ChildJvm child = TestJvm.of(Flags.class).with("-Dkit=test").start()) {
            assertThat(child.answer())
                    .contains("-Dkit=test", "-XX:TieredStopAtLevel=1")
                    .contains(TestJvm.flags());
        }
    }

    /** Says with which flags it was started. */
    static final class Flags {
        public static void main(String[] args) {
            System.out.println(ChildJvm.MARK
                    + String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments()));
        }
    }
}
