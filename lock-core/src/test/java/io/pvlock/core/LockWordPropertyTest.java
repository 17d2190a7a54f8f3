package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class LockWordPropertyTest {

    /** From {@code asm-generic/qspinlock_types.h}, fewer than 16K CPUs; and {@code qspinlock_paravirt.h} for SLOW. */
    @Example
    void valuesAreTheKernels() {
        assertThat(LockWord.LOCKED_MASK).as("_Q_LOCKED_MASK").isEqualTo(0xff);
        assertThat(LockWord.LOCKED).as("_Q_LOCKED_VAL").isEqualTo(1);
        assertThat(LockWord.SLOW).as("_Q_SLOW_VAL").isEqualTo(3);
        assertThat(LockWord.PENDING).as("_Q_PENDING_VAL").isEqualTo(0x100);
        assertThat(LockWord.TAIL_INDEX_SHIFT).as("_Q_TAIL_IDX_OFFSET").isEqualTo(16);
        assertThat(LockWord.TAIL_VCPU_SHIFT).as("_Q_TAIL_CPU_OFFSET").isEqualTo(18);
        assertThat(LockWord.TAIL_MASK).as("_Q_TAIL_MASK").isEqualTo(0xffff_0000);
        assertThat(LockWord.MAX_NODES).as("_Q_MAX_NODES").isEqualTo(4);
        assertThat(LockWord.MAX_VCPUS).as("_Q_TAIL_CPU_BITS").isEqualTo((1 << 14) - 1);
        assertThat(LockWord.encodeTail(0, 0)).as("encode_tail(0, 0)").isEqualTo(0x0004_0000);
        assertThat(LockWord.encodeTail(5, 2)).as("encode_tail(5, 2)").isEqualTo(6 << 18 | 2 << 16);
        assertThat(LockWord.encodeTail(LockWord.MAX_VCPUS - 1, 3))
                .as("the last")
                .isEqualTo(0xffff_0000);
    }

    @Example
    void fieldsDoNotOverlapAndFillTheWord() {
        int[] fields = {
            LockWord.LOCKED_MASK, LockWord.PENDING, LockWord.INCONSISTENT, LockWord.OVERTAKE_MASK, LockWord.TAIL_MASK
        };
        int all = 0;
        for (int field : fields) {
            assertThat(all & field).isZero();
            all |= field;
        }
        assertThat(all).isEqualTo(0xffff_ffff);
    }

    @Example
    void everyNodeHasItsOwnTail() {
        int expected = 1 << LockWord.TAIL_VCPU_SHIFT;
        for (int vcpu = 0; vcpu < LockWord.MAX_VCPUS; vcpu++) {
            for (int index = 0; index < LockWord.MAX_NODES; index++) {
                int tail = LockWord.encodeTail(vcpu, index);
                int ref = LockWord.ref(vcpu, index);
                // The tails count up without a gap, so no two are equal and none is 0.
                assertThat(tail).isEqualTo(expected);
                assertThat(LockWord.tail(tail)).isEqualTo(ref);
                assertThat(LockWord.refVcpu(ref)).isEqualTo(vcpu);
                assertThat(LockWord.refIndex(ref)).isEqualTo(index);
                assertThat(ref).isBetween(1, 0xffff);
                expected += 1 << LockWord.TAIL_INDEX_SHIFT;
            }
        }
        assertThat(LockWord.refVcpu(0)).as("the empty reference").isEqualTo(-1);
    }

    @Property(seed = "1")
    void fieldsAreReadBack(
            @ForAll @IntRange(min = 0, max = LockWord.MAX_VCPUS - 1) int vcpu,
            @ForAll @IntRange(min = 0, max = LockWord.MAX_NODES - 1) int index,
            @ForAll @IntRange(min = 0, max = LockWord.MAX_OVERTAKES) int overtakes,
            @ForAll @IntRange(min = 0, max = 15) int rest) {
        int locked = new int[] {0, LockWord.LOCKED, LockWord.SLOW, 0xff}[rest & 3];
        boolean pending = (rest & 4) != 0;
        boolean inconsistent = (rest & 8) != 0;
        int word = LockWord.encodeTail(vcpu, index)
                | overtakes << LockWord.OVERTAKE_SHIFT
                | (inconsistent ? LockWord.INCONSISTENT : 0)
                | (pending ? LockWord.PENDING : 0)
                | locked;
        assertThat(LockWord.locked(word)).isEqualTo(locked);
        assertThat(LockWord.isPending(word)).isEqualTo(pending);
        assertThat(LockWord.isInconsistent(word)).isEqualTo(inconsistent);
        assertThat(LockWord.overtakes(word)).isEqualTo(overtakes);
        assertThat(LockWord.tail(word)).isEqualTo(LockWord.ref(vcpu, index));
        assertThat(LockWord.toString(word))
                .contains("tail=" + vcpu + "." + index, "pending=" + (pending ? 1 : 0), "locked=" + locked);
    }

    @Property(seed = "1")
    void oneMoreOvertakeChangesNothingElseAndSaturates(@ForAll int word) {
        int more = LockWord.withOvertake(word);
        assertThat(more & ~LockWord.OVERTAKE_MASK).isEqualTo(word & ~LockWord.OVERTAKE_MASK);
        int before = LockWord.overtakes(word);
        assertThat(LockWord.overtakes(more))
                .isEqualTo(LockWord.isStalled(word) ? before : Math.min(before + 1, LockWord.MAX_OVERTAKES));
    }

    @Property(seed = "1")
    void soManyOvertakesOrMoreAndNothingElseChanges(
            @ForAll int word, @ForAll @IntRange(min = 0, max = LockWord.MAX_OVERTAKES) int atLeast) {
        int then = LockWord.withOvertakes(word, atLeast);
        assertThat(then & ~LockWord.OVERTAKE_MASK).isEqualTo(word & ~LockWord.OVERTAKE_MASK);
        assertThat(LockWord.overtakes(then)).isEqualTo(Math.max(LockWord.overtakes(word), atLeast));
        assertThat(LockWord.isStalled(then)).isEqualTo(LockWord.isStalled(word));
    }

    @Property(seed = "1")
    void cellKeepsWordAndOwner(@ForAll int word, @ForAll int owner) {
        long cell = LockCell.of(word, owner);
        assertThat(LockCell.word(cell)).isEqualTo(word);
        assertThat(LockCell.owner(cell)).isEqualTo(owner);
    }

    @Property(seed = "1")
    void ownerIsReadBackAndIsNeverNobody(
            @ForAll @IntRange(min = 0, max = LockWord.MAX_VCPUS - 1) int vcpu,
            @ForAll @IntRange(min = 0, max = 0xffff) int generation) {
        int owner = LockCell.ownerWord(vcpu, generation);
        assertThat(owner).isNotIn(0, LockCell.NOT_RECOVERABLE);
        assertThat(LockCell.ownerVcpu(owner)).isEqualTo(vcpu);
        assertThat(LockCell.ownerGeneration(owner)).isEqualTo(generation);
    }

    /** I3, as far as single transitions can keep it. */
    @Property(seed = "1")
    void takingAndReleasingKeepLockedAndOwnerTogether(@ForAll int word, @ForAll @IntRange(min = 1) int owner) {
        int free = word & ~LockWord.LOCKED_MASK;
        long taken = LockCell.takenByHead(LockCell.of(free, 0), owner);
        assertThat(LockCell.owner(taken)).isEqualTo(owner);
        assertThat(LockWord.locked(LockCell.word(taken))).isEqualTo(LockWord.LOCKED);
        assertThat(LockWord.isPending(LockCell.word(taken))).isFalse();
        assertThat(LockWord.overtakes(LockCell.word(taken))).isZero();
        assertThat(LockWord.tail(LockCell.word(taken))).isEqualTo(LockWord.tail(word));
        assertThat(LockWord.isInconsistent(LockCell.word(taken))).isEqualTo(LockWord.isInconsistent(word));
        assertThat(LockCell.released(LockCell.of(word, owner))).isEqualTo(LockCell.of(free, 0));
    }

    @Example
    void cellIsLittleEndian() {
        assertThat(LockCell.WORD_OFFSET).isZero();
        assertThat(LockCell.OWNER_OFFSET).isEqualTo(4);
        assertThat(LockCell.LENGTH).isEqualTo(8);
        assertThat(LockCell.of(0x1122_3344, 0x5566_7788)).isEqualTo(0x5566_7788_1122_3344L);
    }
}
