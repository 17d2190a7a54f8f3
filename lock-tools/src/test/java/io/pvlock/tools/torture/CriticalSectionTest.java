package io.pvlock.tools.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** That the checks see what must not happen, with sections that overlap by hand. */
class CriticalSectionTest {

    private final TortureBoard board =
            new TortureBoard(new UnsafeBuffer(ByteBuffer.allocateDirect(TortureBoardDescriptor.length(1, 1))), 1);
    private final List<String> violations = new ArrayList<>();
    private final CriticalSection mine = section(1);
    private final CriticalSection others = section(2);

    private CriticalSection section(int serial) {
        CriticalSection.Report report = new CriticalSection.Report() {
            @Override
            public void violation(String what) {
                violations.add(what);
            }

            @Override
            public void repair() {
                throw new AssertionError("nobody died");
            }
        };
        return new CriticalSection(board, board.lock(0), new Inmate(serial, 0), new Random(1), report);
    }

    @Test
    void oneAfterTheOtherIsFine() {
        for (CriticalSection section : List.of(mine, others, mine)) {
            section.enter(null, 0);
            section.work(0);
            section.leave();
        }
        assertThat(violations).isEmpty();
        assertThat(board.lock(0).word(0)).isEqualTo(3);
    }

    @Test
    void twoInsideAreSeenByBoth() {
        mine.enter(null, 0);
        others.enter(null, 0);
        mine.leave();
        others.leave();
        assertThat(violations)
                .containsExactly(
                        "process #1 thread 0 is inside as well",
                        "process #2 thread 0 came in",
                        "somebody has been inside and left");
    }

    @Test
    void wordsLeftUnequalAreSeen() {
        board.lock(0).word(2, 9);
        mine.enter(null, 0);
        assertThat(violations).singleElement().asString().startsWith("words 0 0 9 0 0 0 0 found");
    }

    @Test
    void wordsChangedInsideAreSeen() {
        mine.enter(null, 0);
        board.lock(0).word(2, 9);
        mine.leave();
        assertThat(violations).singleElement().asString().startsWith("words 0 0 9 0 0 0 0 left");
    }
}
