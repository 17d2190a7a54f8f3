package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.HeapMemory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.agrona.concurrent.UnsafeBuffer;

class PvLockHashPropertyTest {

    private static final int CAPACITY = 16;

    /** Against a map of lists, with cells that collide in the small table. */
    @Property(tries = 300, seed = "1")
    void behavesLikeAMapOfLists(
            @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 4 * 5 * 7 - 1) Integer> operations) {
        HeapMemory memory = new HeapMemory(HeapMemory.Source.HEAP, 8, 1);
        UnsafeBuffer table = new UnsafeBuffer(new byte[HashDescriptor.length(CAPACITY)]);
        PvLockHash hash = new PvLockHash(table, 0, CAPACITY, memory.vcpus(), vcpu -> false);
        Participant me = memory.participant(0);
        Map<Integer, List<Integer>> model = new HashMap<>();
        for (int operation : operations) {
            int cell = 0x1000 + operation / 4 % 5 * 8;
            int ref = LockWord.ref(operation / 20, 0);
            List<Integer> refs = model.computeIfAbsent(cell, c -> new ArrayList<>());
            switch (operation % 4) {
                case 0, 1 -> {
                    if (hash.size() < CAPACITY) {
                        hash.insert(cell, ref, me);
                        refs.add(ref);
                    }
                }
                case 2 -> {
                    int taken = hash.take(cell);
                    hash.dropTaken(cell, taken);
                    assertThat(taken == 0).isEqualTo(refs.isEmpty());
                    refs.remove((Integer) taken);
                }
                default -> {
                    hash.remove(cell, ref);
                    refs.removeIf(other -> other == ref);
                }
            }
            for (int i = 0; i < 7; i++) {
                assertThat(hash.contains(cell, LockWord.ref(i, 0))).isEqualTo(refs.contains(LockWord.ref(i, 0)));
            }
            assertThat(hash.size())
                    .isEqualTo(model.values().stream().mapToInt(List::size).sum());
        }
    }
}
