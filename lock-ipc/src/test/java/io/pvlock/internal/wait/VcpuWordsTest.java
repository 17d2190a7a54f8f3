package io.pvlock.internal.wait;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.Inside;
import io.pvlock.RegionOptions;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockCell;
import io.pvlock.core.Participant;
import io.pvlock.internal.wait.VcpuWords.Places;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is looked at are the words that are set, and their neighbours. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VcpuWordsTest extends RegionTest {

    private static final int VCPUS = 1000;
    private static final int GENERATION = 7;

    private final BitSet dead = new BitSet();

    @Override
    protected RegionOptions options() {
        return Regions.small().maxVcpus(VCPUS);
    }

    @AfterEach
    void noHandler() {
        if (KillPoint.ENABLED) {
            KillPoint.handler((point, who) -> {});
        }
    }

    private VcpuWords inOrder(int maxVcpus) {
        return words(new byte[VcpuWords.length(maxVcpus)], maxVcpus, Places.inOrder(0, maxVcpus));
    }

    private VcpuWords spread(int maxVcpus) {
        return words(new byte[VcpuWords.spreadLength(maxVcpus)], maxVcpus, Places.spread(0, maxVcpus));
    }

    private VcpuWords words(byte[] memory, int maxVcpus, Places places) {
        return new VcpuWords(new UnsafeBuffer(memory), dead::get, maxVcpus, places);
    }

    private Participant user(int vcpu) {
        return new Participant(Inside.session(region).registry().vcpus(), vcpu, GENERATION);
    }

    private static List<Integer> set(VcpuWords words) {
        List<Integer> vcpus = new ArrayList<>();
        for (int place = words.next(0); place >= 0; place = words.next(place + 1)) {
            vcpus.add(LockCell.ownerVcpu(words.ownerWord(place, words.word(place))));
        }
        return vcpus;
    }

    /** How many words {@code action} looks at. */
    private static int looks(Runnable action) {
        int[] looks = new int[1];
        KillPoint.handler((point, who) -> looks[0] += point == KillPoint.WORD_SEEN ? 1 : 0);
        action.run();
        KillPoint.handler((point, who) -> {});
        return looks[0];
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 63, 64, 65, 511, 512, 513, 1000})
    void eachWordIsFoundAndNoOther(int maxVcpus) {
        for (VcpuWords words : List.of(inOrder(maxVcpus), spread(maxVcpus))) {
            assertThat(set(words)).isEmpty();
            for (int vcpu = 0; vcpu < maxVcpus; vcpu++) {
                words.put(user(vcpu), vcpu + 1);
                assertThat(set(words)).containsExactly(vcpu);
                assertThat(words.sumOfAlive()).isEqualTo(vcpu + 1);
                words.put(user(vcpu), 0);
            }
            for (int vcpu = 0; vcpu < maxVcpus; vcpu++) {
                words.put(user(vcpu), 1);
            }
            assertThat(set(words)).hasSize(maxVcpus).doesNotHaveDuplicates();
            assertThat(words.sumOfAlive()).isEqualTo(maxVcpus);
        }
    }

    @Test
    void whoWasThereIsNotLookedAtAfterTidying() {
        assumeTrue(KillPoint.ENABLED, "kill points are compiled away");
        for (VcpuWords words : List.of(inOrder(VCPUS), spread(VCPUS))) {
            for (int vcpu = 0; vcpu < VCPUS; vcpu++) {
                words.put(user(vcpu), 1);
                words.put(user(vcpu), 0);
            }
            words.put(user(500), 3);
            assertThat(words.tidy()).isEqualTo(3);
            assertThat(looks(words::sumOfAlive)).isEqualTo(8);
            words.put(user(500), 0);
            words.tidy();
            assertThat(looks(words::sumOfAlive)).isZero();
        }
    }

    @Test
    void theDeadDoNotCountAndAreCleared() {
        VcpuWords words = spread(VCPUS);
        words.put(user(3), 5);
        words.put(user(4), 6);
        dead.set(3);
        assertThat(words.sumOfAlive()).isEqualTo(6);
        assertThat(words.firstAliveBut(user(4).ownerWord())).isZero();
        assertThat(words.tidy()).isEqualTo(6);
        assertThat(set(words)).containsExactly(4);
    }

    /** The reader is the first of a line, and sets its word when the look at the line is at the last one: it sees the mark still. */
    private void setAmidTidying(VcpuWords words, Participant reader, Runnable whenUnmarked) {
        int[] looks = new int[1];
        KillPoint.handler((point, who) -> {
            if (point == KillPoint.WORD_SEEN && ++looks[0] == 8) {
                words.put(reader, 1);
            } else if (point == KillPoint.LINE_UNMARKED) {
                whenUnmarked.run();
            }
        });
        words.tidy();
    }

    @Test
    void aWordThatIsSetWhileItsLineIsUnmarkedIsFound() {
        assumeTrue(KillPoint.ENABLED, "kill points are compiled away");
        VcpuWords words = spread(VCPUS);
        words.put(user(0), 1);
        words.put(user(0), 0);
        boolean[] unmarked = new boolean[1];
        setAmidTidying(words, user(0), () -> unmarked[0] = set(words).isEmpty());
        assertThat(unmarked[0]).isTrue();
        assertThat(set(words)).containsExactly(0);
    }

    @Test
    void whoFailsWhileItUnmarksALineMarksItAgain() {
        assumeTrue(KillPoint.ENABLED, "kill points are compiled away");
        VcpuWords words = spread(VCPUS);
        words.put(user(0), 1);
        words.put(user(0), 0);
        assertThatThrownBy(() -> setAmidTidying(words, user(0), () -> {
                    throw new StackOverflowError("on purpose");
                }))
                .isInstanceOf(StackOverflowError.class);
        assertThat(set(words)).containsExactly(0);
    }

    @Test
    void whoFailsToMarkItsLineHasSetNothing() {
        assumeTrue(KillPoint.ENABLED, "kill points are compiled away");
        VcpuWords words = spread(VCPUS);
        for (long before = 0; before < 3; before++) {
            words.put(user(0), before);
            KillPoint.handler((point, who) -> {
                if (point == KillPoint.WORD_SET) {
                    throw new StackOverflowError("on purpose");
                }
            });
            assertThatThrownBy(() -> words.put(user(0), 7)).isInstanceOf(StackOverflowError.class);
            KillPoint.handler((point, who) -> {});
            assertThat(words.get(user(0))).isEqualTo(before);
            assertThat(words.sumOfAlive()).isEqualTo(before);
        }
    }

    @Test
    void allAreMarkedAfterADeath() {
        byte[] memory = new byte[VcpuWords.spreadLength(VCPUS)];
        Places places = Places.spread(0, VCPUS);
        VcpuWords words = words(memory, VCPUS, places);
        for (int vcpu = 0; vcpu < VCPUS; vcpu += 100) {
            words.put(user(vcpu), 1);
        }
        List<Integer> before = set(words);
        new UnsafeBuffer(memory).setMemory(places.lines() * 64, memory.length - places.lines() * 64, (byte) 0);
        assertThat(set(words)).isEmpty();
        words.markAll();
        assertThat(set(words)).hasSize(10).isEqualTo(before);
    }

    /** Memory may be damaged: a word behind the last vCPU's is nobody's. */
    @Test
    void noWordIsThatOfAVcpuThatCannotBe() {
        byte[] memory = new byte[VcpuWords.length(9)];
        VcpuWords words = words(memory, 9, Places.inOrder(0, 9));
        words.put(user(8), 1);
        new UnsafeBuffer(memory).putLong(9 * Long.BYTES, 1);
        assertThat(set(words)).containsExactly(8);
    }
}
