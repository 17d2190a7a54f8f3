package io.pvlock.death;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.Inside;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.testing.TwoRegionsTest;
import io.pvlock.testing.Waits;
import io.pvlock.testing.Waits.Wait;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An Error in the middle of each wait for each object: it comes out, and nobody else is in its way afterwards. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailingAnywhereTest extends TwoRegionsTest {

    private static final class Failure extends Error {
        private static final long serialVersionUID = 1L;
    }

    @ParameterizedTest
    @MethodSource("io.pvlock.testing.Waits#all")
    void nothingIsLeftOfAWaitThatFails(Wait wait) throws Exception {
        AtomicBoolean armed = new AtomicBoolean(true);
        Inside.session(region).registry().onLongWait(me -> {
            if (armed.getAndSet(false)) {
                throw new Failure();
            }
        });
        wait.hold().accept(other);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team()) {
            try {
                // It lives on: nothing of it is cleared away because it has ended.
                team.run("fails", () -> {
                    try {
                        wait.body().run(region);
                        thrown.complete(null);
                    } catch (Throwable e) {
                        thrown.complete(e);
                    }
                    end.await();
                });
                assertThat(thrown.get(Await.WATCHDOG.toSeconds(), TimeUnit.SECONDS))
                        .isInstanceOf(Failure.class);
                wait.release().accept(other);
                team.run("after", () -> {
                            wait.hold().accept(other);
                            wait.release().accept(other);
                        })
                        .get();
                Waits.assertNothingIsLeft(other);
            } finally {
                end.countDown();
            }
        }
    }
}
