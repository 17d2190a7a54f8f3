package io.pvlock.look;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.RegionEvent;
import io.pvlock.RegionException;
import io.pvlock.SharedLock;
import io.pvlock.Subscription;
import io.pvlock.internal.event.EventSubscription;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.testing.TwoRegionsTest;
import io.pvlock.testing.Warned;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events of all processes. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("try") // a subscription is there until it is closed
class SubscriptionTest extends TwoRegionsTest {

    private final List<RegionEvent> told = new CopyOnWriteArrayList<>();

    /** Two events: that {@code by} has the lock of a dead owner, and that it has repaired what that guards. */
    private static void death(LockRegion by) throws Exception {
        SharedLock lock = by.lock("orders");
        try (Team team = new Team()) {
            team.run("doomed", () -> by.lock("orders").acquire());
        }
        Await.until("it is dead", () -> !lock.owner().orElseThrow().alive());
        try (LockGuard guard = lock.acquire()) {
            guard.markConsistent();
        }
    }

    private void awaitTold(int consistent) {
        Await.until(
                consistent + " told",
                () -> told.stream()
                                .filter(event -> event.type() == RegionEvent.Type.MARKED_CONSISTENT)
                                .count()
                        == consistent);
    }

    @Test
    void whatOtherProcessesReportIsToldInOrder() throws Exception {
        death(other); // before
        try (Subscription subscription = region.subscribe(told::add)) {
            death(other);
            death(region);
            awaitTold(2);
        }

        assertThat(told)
                .extracting(RegionEvent::type)
                .containsExactly(
                        RegionEvent.Type.OWNER_REPLACED,
                        RegionEvent.Type.MARKED_CONSISTENT,
                        RegionEvent.Type.OWNER_REPLACED,
                        RegionEvent.Type.MARKED_CONSISTENT);
        assertThat(told).extracting(RegionEvent::sequence).isSorted().doesNotHaveDuplicates();
        assertThat(told.get(0).sequence()).as("not the one before").isGreaterThan(1);
    }

    @Test
    void nothingIsToldAfterItIsClosed() throws Exception {
        Subscription closed = region.subscribe(told::add);
        closed.close();
        closed.close();
        List<RegionEvent> toldToo = new CopyOnWriteArrayList<>();
        try (Subscription open = region.subscribe(toldToo::add)) {
            death(other);
            Await.until("the other is told", () -> toldToo.size() == 2);
        }

        assertThat(told).isEmpty();
    }

    @Test
    void whatAListenerThrowsIsLoggedOnceAndItIsToldTheNext() throws Exception {
        try (Warned warned = new Warned("listener failed on RegionEvent");
                Subscription subscription = region.subscribe(event -> {
                    told.add(event);
                    throw new IllegalStateException("SubscriptionTest");
                })) {
            death(other);
            death(other);
            awaitTold(2);
            assertThat(warned.messages()).hasSize(1);
        }
    }

    @Test
    void itEndsWithItsRegion() throws Exception {
        region.subscribe(told::add);
        region.close();
        String name = "pvlock-subscription of " + other.path();

        Await.until(
                "its thread has ended",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals(name)));
        assertThatThrownBy(() -> region.subscribe(told::add)).isInstanceOf(RegionException.class);
    }

    private static RegionEvent event(long sequence) {
        return new RegionEvent(
                sequence,
                RegionEvent.Type.VCPU_DIED,
                Instant.EPOCH,
                0,
                1,
                1,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** Of two writers the second may be the first to finish; and one may never finish. */
    @Test
    void oneThatIsStillBeingWrittenIsWaitedForOneThatNeverComesIsNot() {
        List<List<RegionEvent>> looks = new ArrayList<>(List.of(
                List.of(event(5), event(7)), // 6 is being written
                List.of(event(6), event(7)),
                List.of(event(9)), // the writer of 8 was killed
                List.of(event(9), event(10))));
        try (Subscription subscription = new EventSubscription(
                        "SubscriptionTest", after -> looks.isEmpty() ? List.of() : looks.remove(0), 4, told::add)
                .start()) {
            Await.until("all are told", () -> told.size() == 5);
        }

        assertThat(told).extracting(RegionEvent::sequence).containsExactly(5L, 6L, 7L, 9L, 10L);
    }
}
