package io.pvlock.tests.kill;

import static io.pvlock.core.KillPoint.*;

import io.pvlock.core.KillPoint;
import java.util.stream.Stream;

/** Those who want the lock: owner by the fast path, thief, waiter at every place in the queue, without a node. */
final class WaiterScenarios {

    private WaiterScenarios() {}

    static Stream<Scenario> all() {
        return Stream.of(taking(), joining(), waiting(), pastOthers(), withoutNode())
                .flatMap(scenarios -> scenarios);
    }

    private static Stream<Scenario> taking() {
        return Stream.of(
                new Scenario(LOCK_TAKEN, "owner by the fast path", s -> {
                    s.victimAt(LOCK_TAKEN, s.take());
                    s.sleep(s.head);
                    s.followers();
                    s.expectTold();
                }),
                new Scenario(LOCK_TAKEN, "thief", s -> {
                    freeWithQueue(s);
                    s.victimAt(LOCK_TAKEN, s.take());
                    s.expectTold();
                }),
                new Scenario(LOCK_TAKEN, "thief by tryLock", s -> {
                    freeWithQueue(s);
                    s.victimAt(LOCK_TAKEN, "try " + s.lock);
                    s.expectTold();
                }));
    }

    /** The lock is free, and its head about to sleep. */
    static void freeWithQueue(Stage s) {
        s.hold(s.owner);
        s.freeze(s.head, HEAD_PARKING);
        s.followers();
        s.drop();
    }

    // The same points in an empty queue, in the middle of one, at its end.
    private static Stream<Scenario> joining() {
        Stream<Scenario> first = Stream.of(NODE_INITIALISED, TAIL_PUBLISHED, FIRST_IN_QUEUE)
                .flatMap(point -> Stream.of(
                        new Scenario(point, "first in the queue", s -> {
                            s.hold(s.owner);
                            s.victimAt(point, s.take());
                            s.followers();
                        }),
                        new Scenario(point, "alone in the queue", s -> {
                            s.hold(s.owner);
                            s.victimAt(point, s.take());
                        })));
        Stream<Scenario> behind = Stream.of(NODE_INITIALISED, TAIL_PUBLISHED, LINKED, NODE_HALTED)
                .flatMap(WaiterScenarios::middleAndLast);
        return Stream.concat(first, behind);
    }

    private static Stream<Scenario> middleAndLast(KillPoint point) {
        return Stream.of(
                new Scenario(point, "waiter in the middle", s -> {
                    s.hold(s.owner);
                    s.sleep(s.head);
                    s.victimAt(point, s.take());
                    s.followers();
                }),
                new Scenario(point, "last waiter", s -> {
                    s.hold(s.owner);
                    s.sleep(s.head);
                    s.followers();
                    s.victimAt(point, s.take());
                }),
                new Scenario(point, "waiter that the head has passed meanwhile", s -> {
                    s.hold(s.owner);
                    s.freeze(s.head, HEAD_PARKING);
                    s.victimAt(point, s.take());
                    s.followers();
                    s.drop();
                    s.thaw(s.head);
                }));
    }

    private static Stream<Scenario> waiting() {
        return Stream.of(
                new Scenario(NODE_WOKEN, "made head in its sleep, and kicked", s -> {
                    wakeAsHead(s);
                }),
                new Scenario(
                        NODE_WOKEN, "made head in its sleep, and kicked; a thief was faster and still holds", s -> {
                            wakeAsHead(s);
                            s.hold(s.newcomer);
                        }),
                new Scenario(NODE_WOKEN, "made head in its sleep, and kicked; a thief has come and gone", s -> {
                    wakeAsHead(s);
                    s.hold(s.newcomer);
                    s.drop();
                }),
                new Scenario(NODE_WOKEN, "waiter whose predecessor has left", s -> {
                    s.hold(s.owner);
                    s.sleep(s.head);
                    s.sleepInterruptibly(s.leaver);
                    s.sleep(s.victim, s.take());
                    s.followers();
                    s.victimAt(NODE_WOKEN, () -> s.leave(s.leaver));
                }));
    }

    private static void wakeAsHead(Stage s) {
        s.hold(s.owner);
        s.sleepAndHold(s.head);
        s.sleep(s.victim, s.take());
        s.followers();
        s.victimAt(NODE_WOKEN, () -> {
            // An unlocker that is late may kick the next head, too: it kicks whom it finds.
            s.drop();
            s.expectHeld(s.head);
            s.drop();
        });
    }

    private static Stream<Scenario> pastOthers() {
        return Stream.of(
                new Scenario(PREDECESSOR_SKIPPED, "waiter behind one that left", s -> {
                    s.hold(s.owner);
                    s.sleep(s.head);
                    s.sleepInterruptibly(s.leaver);
                    s.sleep(s.victim, s.take());
                    s.followers();
                    s.victimAt(PREDECESSOR_SKIPPED, () -> s.leave(s.leaver));
                }),
                new Scenario(PREDECESSOR_SKIPPED, "last waiter behind one that died", s -> {
                    s.hold(s.owner);
                    s.sleep(s.head);
                    Actor doomed = s.doomedAt(NODE_HALTED);
                    s.sleep(s.victim, s.take());
                    s.victimAt(PREDECESSOR_SKIPPED, () -> s.end(doomed));
                }),
                new Scenario(SELF_GRANTED, "waiter behind a dead head", s -> {
                    s.hold(s.owner);
                    Actor doomed = s.doomedAt(PENDING_SET);
                    s.sleep(s.victim, s.take());
                    s.followers();
                    s.victimAt(SELF_GRANTED, () -> s.end(doomed));
                }),
                new Scenario(
                        SELF_GRANTED, "last waiter, behind one that left and one that died before it was head", s -> {
                            s.hold(s.owner);
                            Actor doomed = s.doomedAt(TAIL_PUBLISHED);
                            s.sleepInterruptibly(s.leaver);
                            s.sleep(s.victim, s.take());
                            s.leave(s.leaver);
                            s.awaitAsleep(s.victim);
                            s.victimAt(SELF_GRANTED, () -> s.end(doomed));
                        }));
    }

    private static Stream<Scenario> withoutNode() {
        return Stream.of(
                new Scenario(NO_NODE, "without a node, first in the queue", s -> {
                    s.abandonAllNodes();
                    s.hold(s.owner);
                    s.victimAt(NO_NODE, s.take());
                    s.followers();
                }),
                new Scenario(TAKEN_OVER, "without a node, from a dead owner", s -> {
                    s.abandonAllNodes();
                    Actor doomed = s.doomedOwner();
                    s.victimAt(NO_NODE, s.take());
                    s.end(doomed);
                    s.victimAt(TAKEN_OVER, s.victim::thaw);
                    s.followers();
                    s.expectTold();
                }));
    }
}
