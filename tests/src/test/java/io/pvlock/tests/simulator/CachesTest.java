package io.pvlock.tests.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.Seeds;
import io.pvlock.tests.simulator.Caches.Access;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CachesTest {

    private static final Costs COSTS = Costs.server();
    private static final long HIT = COSTS.hit();
    private static final long ATOMIC = HIT + COSTS.atomic();
    private static final long NEAR = COSTS.sameNode();
    private static final long FAR = COSTS.remote();
    private static final int LINE = 3;

    /** Processors 0 and 2 are on one node, 1 and 3 on the other. */
    private final Caches caches = new Caches(4096, COSTS, new Topology(4, 2));

    private long now = 10_000;

    private long took(int processor, Access access) {
        now += 1_000;
        return caches.access(processor, LINE, access, now) - now;
    }

    @Test
    void whoHasTheLineHitsIt() {
        assertThat(took(0, Access.LOAD)).isEqualTo(NEAR);
        assertThat(took(0, Access.LOAD)).isEqualTo(HIT);
        assertThat(took(0, Access.ATOMIC)).as("nobody else has it").isEqualTo(ATOMIC);
        assertThat(took(0, Access.STORE)).isEqualTo(HIT);
    }

    @Test
    void aLineComesFromWhoStoredToIt() {
        took(0, Access.ATOMIC);
        assertThat(took(2, Access.LOAD)).isEqualTo(NEAR);
        assertThat(took(0, Access.LOAD)).as("both have it now").isEqualTo(HIT);
        assertThat(took(1, Access.LOAD)).isEqualTo(FAR);
        assertThat(took(3, Access.LOAD)).as("1 is nearer").isEqualTo(NEAR);
    }

    @Test
    void whoStoresTakesItFromAll() {
        took(0, Access.ATOMIC);
        took(2, Access.LOAD);
        assertThat(took(0, Access.ATOMIC)).isEqualTo(NEAR + ATOMIC);
        assertThat(took(2, Access.LOAD)).isEqualTo(NEAR);
        took(1, Access.LOAD);
        assertThat(took(0, Access.ATOMIC)).as("as far as the farthest").isEqualTo(FAR + ATOMIC);
        assertThat(IntStream.range(0, 4).filter(p -> caches.isLoadHit(p, LINE))).containsExactly(0);
    }

    @Test
    void aStoreWaitsForNothing_theNextAtomicDoes() {
        took(1, Access.ATOMIC);
        now += 1_000;
        assertThat(caches.access(0, LINE, Access.STORE, now)).isEqualTo(now + HIT);
        assertThat(caches.access(0, LINE + 1, Access.ATOMIC, now + HIT)).isEqualTo(now + FAR + NEAR + ATOMIC);
    }

    @Test
    void aLineThatMovesKeepsTheNextOneWaiting() {
        took(0, Access.ATOMIC);
        now += 1_000;
        assertThat(caches.access(2, LINE, Access.LOAD, now)).isEqualTo(now + NEAR);
        assertThat(caches.access(3, LINE, Access.LOAD, now)).isEqualTo(now + NEAR + FAR);
        assertThat(caches.access(1, LINE, Access.LOAD, now))
                .as("after a copy")
                .isEqualTo(now + NEAR + COSTS.shareBusy() + NEAR);
    }

    @Test
    void onlyOneMayStore_andThenNobodyElseHasIt() {
        int processors = Topology.MAX_PROCESSORS;
        Caches many = new Caches(4096, COSTS, new Topology(processors, 8));
        Random random = new Random(Seeds.of("CachesTest", 1));
        for (int i = 0; i < 20_000; i++) {
            int processor = random.nextInt(processors);
            Access access = Access.values()[random.nextInt(3)];
            now += 10;
            assertThat(many.access(processor, LINE, access, now)).isGreaterThanOrEqualTo(now + HIT);
            assertThat(many.isLoadHit(processor, LINE)).isTrue();
            if (access != Access.LOAD) {
                assertThat(IntStream.range(0, processors).filter(p -> many.isLoadHit(p, LINE)))
                        .containsExactly(processor);
            }
        }
        assertThat(many.remoteMoves()).isGreaterThan(many.sameNodeMoves());
    }
}
