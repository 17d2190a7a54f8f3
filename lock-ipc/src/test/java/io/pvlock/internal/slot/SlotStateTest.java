package io.pvlock.internal.slot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SlotStateTest {

    @Test
    void everyFieldKeepsItsValueAtItsLargestAndLeavesTheOthersAlone() {
        long state = SlotState.of(SlotState.RECLAIMING, 0xffff, 0, 0xffff);
        assertThat(SlotState.status(state)).isEqualTo(SlotState.RECLAIMING);
        assertThat(SlotState.generation(state)).isEqualTo(0xffff);
        assertThat(SlotState.process(state)).isZero();
        assertThat(SlotState.processGeneration(state)).isEqualTo(0xffff);
        long other = SlotState.of(SlotState.ATTACHED, 0, 0xffff, 1);
        assertThat(SlotState.generation(other)).isZero();
        assertThat(SlotState.process(other)).isEqualTo(0xffff);
        assertThat(SlotState.processGeneration(other)).isEqualTo(1);
        assertThat(SlotState.of(SlotState.FREE, 0x1_0002, 3, 4)).isEqualTo(SlotState.of(SlotState.FREE, 2, 3, 4));
    }

    @Test
    void aNewStatusChangesNothingElse() {
        long attached = SlotState.of(SlotState.ATTACHED, 0xabcd, 0x1234, 0x5678);
        long dead = SlotState.withStatus(attached, SlotState.DEAD);
        assertThat(SlotState.status(dead)).isEqualTo(SlotState.DEAD);
        assertThat(SlotState.withStatus(dead, SlotState.ATTACHED)).isEqualTo(attached);
        assertThat(SlotState.free(attached)).isEqualTo(SlotState.of(SlotState.FREE, 0xabcd, 0, 0));
    }

    @Test
    void whoIsInUseAndUnderWhatName() {
        assertThat(SlotState.isInUse(SlotState.of(SlotState.ATTACHED, 1, 1, 1))).isTrue();
        assertThat(SlotState.isInUse(SlotState.of(SlotState.BORROWED, 1, 1, 1))).isTrue();
        assertThat(SlotState.isInUse(SlotState.of(SlotState.DEAD, 1, 1, 1))).isTrue();
        assertThat(SlotState.isInUse(SlotState.of(SlotState.FREE, 1, 1, 1))).isFalse();
        assertThat(SlotState.isInUse(SlotState.of(SlotState.CLAIMED, 1, 1, 1))).isFalse();
        assertThat(SlotState.isInUse(SlotState.of(SlotState.RECLAIMING, 1, 1, 1)))
                .isFalse();
        assertThat(SlotState.name(SlotState.of(SlotState.CLAIMED, 1, 1, 1))).isEqualTo("claimed");
        assertThat(SlotState.isInUse(SlotState.of(SlotState.IDLE, 1, 1, 1))).isFalse();
        assertThat(SlotState.name(SlotState.of(SlotState.IDLE, 1, 1, 1))).isEqualTo("idle");
        assertThat(SlotState.name(SlotState.of(77, 1, 1, 1))).isEqualTo("status 77");
    }
}
