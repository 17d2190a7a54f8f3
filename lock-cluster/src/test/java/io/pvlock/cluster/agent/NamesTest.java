package io.pvlock.cluster.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.cluster.lease.Grant;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is written into the cluster's memory, and read again. */
class NamesTest {

    @Test
    void queueNodes_standInOrder_alsoWhenTheirCounterWraps() {
        List<QueueNode> queue = QueueNode.inOrder(
                List.of("a~1~-2147483648", "b.c-d_e~ff~2147483647", "nonsense", "a~1~", "~~3", "h~2~2147483646"));
        assertThat(queue).extracting(QueueNode::host).containsExactly("h", "b.c-d_e", "a");
        assertThat(queue).extracting(QueueNode::session).containsExactly("2", "ff", "1");
    }

    @Test
    void queueNode_isFoundByItsSession() {
        QueueNode node = QueueNode.inOrder(List.of("host~10~0000000007")).get(0);
        assertThat(node.name()).startsWith(QueueNode.prefix("host", "10"));
        assertThat(node.name()).doesNotStartWith(QueueNode.prefix("host", "1"));
        assertThat(node.number()).isEqualTo(7);
    }

    @Test
    void state_isALine() {
        LockState granted = LockState.first(1_600_000_000_000L).granted(5, "a~1~0000000001");
        assertThat(LockState.parse(granted.bytes())).isEqualTo(granted);
        assertThat(granted.isUnclean()).as("it is out").isTrue();
        assertThat(granted.released(false).isUnclean()).isFalse();
        assertThat(granted.released(true).isUnclean()).isTrue();
        assertThat(granted.granted(6, "b~2~0000000002").unclean())
                .as("the one before has not released")
                .isTrue();
        assertThat(granted.released(false).granted(6, "b~2~0000000002").unclean())
                .isFalse();
    }

    @Test
    void state_thatNobodyHasWritten_isRefused() {
        assertThatThrownBy(() -> LockState.parse("theirs".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("theirs");
    }

    @Test
    void firstGrant_isGreaterTheLaterItIs_andFitsAToken() {
        long early = LockState.first(1_700_000_000_000L).grant();
        long late = LockState.first(2_200_000_000_000L).grant();
        assertThat(late).isGreaterThan(early).isLessThan(1L << 40);
        assertThat(LockState.first(0).grant()).as("a clock that is nowhere").isEqualTo(1);
        assertThat(Grant.MAX_GRANT - LockState.first(Long.MAX_VALUE).grant())
                .as("grants that are left by a clock that is far ahead")
                .isGreaterThan(100_000_000_000L);
    }

    @Test
    void paths_leadBackToTheLock() {
        ClusterPaths paths = new ClusterPaths("desk");
        assertThat(paths.lockOf(paths.queue("größe 1") + "/a~1~0000000001")).isEqualTo("größe 1");
        assertThat(paths.lockOf(paths.state("orders"))).isEqualTo("orders");
        assertThat(paths.lockOf(paths.host("a"))).isNull();
        assertThat(paths.lockOf(null)).isNull();
    }
}
