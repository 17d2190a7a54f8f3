package io.pvlock.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
class TeamTest {

    private static Void fail() {
        throw new IllegalStateException("unheard");
    }

    @Test
    void aFailureThatNobodyHasHeardFailsTheTest() {
        Team team = new Team();
        team.start(TeamTest::fail);
        assertThatThrownBy(team::close).isInstanceOf(AssertionError.class).hasRootCauseMessage("unheard");
    }

    @Test
    void oneThatWasHeardDoesNot() throws Exception {
        try (Team team = new Team()) {
            assertThat(team.start("fails", TeamTest::fail).failure()).hasMessage("unheard");
        }
    }

    @Test
    void itIsLeftWhenAllHaveEnded() {
        CountDownLatch latch = new CountDownLatch(1);
        Team.Member<Integer> member;
        try (Team team = new Team()) {
            member = team.start(() -> {
                latch.await();
                return 1;
            });
            latch.countDown();
        }
        assertThat(member.thread().isAlive()).isFalse();
        assertThat(member.result()).isEqualTo(1);
    }
}
