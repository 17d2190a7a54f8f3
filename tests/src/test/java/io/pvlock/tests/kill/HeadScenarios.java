package io.pvlock.tests.kill;

import static io.pvlock.core.KillPoint.*;

import io.pvlock.core.KillPoint;
import java.util.stream.Stream;

/** The queue head, from the grant to the lock; leaving instead; handing the headship on. */
final class HeadScenarios {

    private HeadScenarios() {}

    static Stream<Scenario> all() {
        return Stream.of(awake(), woken(), acquiring(), leaving(), handingOn(), handingOnUnowned())
                .flatMap(scenarios -> scenarios);
    }

    private static Stream<Scenario> awake() {
        return Stream.of(HEAD_GRANTED, PENDING_SET, PENDING_CLEARED, HASHED, SLOW_SET, HEAD_PARKING)
                .flatMap(point -> Stream.of(
                        new Scenario(point, "head of a queue", s -> {
                            s.hold(s.owner);
                            s.victimAt(point, s.take());
                            s.followers();
                        }),
                        new Scenario(point, "head of a queue, the lock is free meanwhile", s -> {
                            s.hold(s.owner);
                            s.victimAt(point, s.take());
                            s.followers();
                            s.drop();
                        }),
                        new Scenario(point, "alone", s -> {
                            s.hold(s.owner);
                            s.victimAt(point, s.take());
                        }),
                        new Scenario(point, "granted in its sleep", s -> {
                            s.hold(s.owner);
                            s.sleepAndHold(s.head);
                            s.sleep(s.victim, s.take());
                            s.followers();
                            s.victimAt(point, () -> {
                                s.drop();
                                s.expectHeld(s.head);
                                // Made head in its sleep, it sleeps on until it is kicked.
                                s.kick(s.victim);
                            });
                        })));
    }

    private static Stream<Scenario> woken() {
        return Stream.of(
                new Scenario(HEAD_WOKEN, "kicked", HeadScenarios::wake),
                new Scenario(HEAD_WOKEN, "kicked; a thief was faster and still holds", s -> {
                    wake(s);
                    s.hold(s.newcomer);
                }),
                new Scenario(HEAD_WOKEN, "kicked; a thief has come and gone", s -> {
                    wake(s);
                    s.hold(s.newcomer);
                    s.drop();
                }),
                new Scenario(HEAD_NAPPING, "kicked; a thief was faster and still holds", s -> {
                    wake(s);
                    s.hold(s.newcomer);
                    s.victimAt(HEAD_NAPPING, s.victim::thaw);
                }),
                new Scenario(HEAD_NAPPING, "kicked; a thief has come and gone", s -> {
                    wake(s);
                    s.hold(s.newcomer);
                    s.victimAt(HEAD_NAPPING, s.victim::thaw);
                    s.drop();
                }),
                new Scenario(HEAD_WOKEN, "woken by the owner's death", s -> {
                    Actor doomed = s.doomedOwner();
                    s.sleep(s.victim, s.take());
                    s.followers();
                    s.victimAt(HEAD_WOKEN, () -> s.end(doomed));
                    s.expectTold();
                }));
    }

    private static void wake(Stage s) {
        s.hold(s.owner);
        s.sleep(s.victim, s.take());
        s.followers();
        s.victimAt(HEAD_WOKEN, s::drop);
    }

    private static Stream<Scenario> acquiring() {
        return Stream.of(
                new Scenario(HEAD_ACQUIRED, "after its sleep", s -> {
                    s.hold(s.owner);
                    s.sleep(s.victim, s.take());
                    s.followers();
                    s.victimAt(HEAD_ACQUIRED, s::drop);
                    s.expectTold();
                }),
                new Scenario(HEAD_ACQUIRED, "with its entry in the hash", s -> {
                    s.hold(s.owner);
                    s.victimAt(HASHED, s.take());
                    s.followers();
                    s.drop();
                    s.victimAt(HEAD_ACQUIRED, s.victim::thaw);
                    s.expectTold();
                }),
                new Scenario(HEAD_ACQUIRED, "alone", s -> {
                    s.hold(s.owner);
                    s.sleep(s.victim, s.take());
                    s.victimAt(HEAD_ACQUIRED, s::drop);
                    s.expectTold();
                }),
                new Scenario(TAKEN_OVER, "sleeping head, from a dead owner", s -> {
                    Actor doomed = s.doomedOwner();
                    s.sleep(s.victim, s.take());
                    s.followers();
                    s.victimAt(TAKEN_OVER, () -> s.end(doomed));
                    s.expectTold();
                }),
                new Scenario(TAKEN_OVER, "first to come, from a dead owner", s -> {
                    s.end(s.doomedOwner());
                    s.victimAt(TAKEN_OVER, s.take());
                    s.followers();
                    s.expectTold();
                }),
                new Scenario(TAKEN_OVER, "by tryLock, from a dead owner", s -> {
                    s.end(s.doomedOwner());
                    s.victimAt(TAKEN_OVER, "try " + s.lock);
                    s.followers();
                    s.expectTold();
                }));
    }

    private static Stream<Scenario> leaving() {
        return Stream.of(
                new Scenario(HEAD_LEAVING, "head, by interrupt", s -> {
                    s.hold(s.owner);
                    s.sleep(s.victim, s.interruptibly());
                    s.followers();
                    s.victimAt(HEAD_LEAVING, s.victim::interrupt);
                }),
                new Scenario(HEAD_LEAVING, "head, by time-out", s -> {
                    s.hold(s.owner);
                    s.sleep(s.victim, s.timed());
                    s.followers();
                    s.victimAt(HEAD_LEAVING, () -> {});
                }),
                new Scenario(HEAD_LEAVING, "head by interrupt, the lock is free meanwhile", s -> {
                    s.hold(s.owner);
                    s.sleep(s.victim, s.interruptibly());
                    s.followers();
                    s.victimAt(HEAD_LEAVING, s.victim::interrupt);
                    s.drop();
                }),
                new Scenario(NODE_ABANDONED, "waiter in the middle, by interrupt", s -> {
                    s.hold(s.owner);
                    s.sleep(s.head);
                    s.sleep(s.victim, s.interruptibly());
                    s.followers();
                    s.victimAt(NODE_ABANDONED, s.victim::interrupt);
                }),
                new Scenario(NODE_ABANDONED, "waiter in the middle, by time-out", s -> {
                    s.hold(s.owner);
                    s.sleep(s.head);
                    s.sleep(s.victim, s.timed());
                    s.followers();
                    s.victimAt(NODE_ABANDONED, () -> {});
                }),
                new Scenario(NODE_ABANDONED, "last waiter, by interrupt", s -> {
                    s.hold(s.owner);
                    s.sleep(s.head);
                    s.followers();
                    s.sleep(s.victim, s.interruptibly());
                    s.victimAt(NODE_ABANDONED, s.victim::interrupt);
                }),
                new Scenario(NODE_ABANDONED, "waiter behind a dead head", s -> {
                    s.hold(s.owner);
                    Actor doomed = s.doomedAt(PENDING_SET);
                    s.sleep(s.victim, s.interruptibly());
                    s.followers();
                    s.victimAt(NODE_ABANDONED, s.victim::interrupt);
                    s.end(doomed);
                }),
                new Scenario(NODE_REGAINED, "last waiter, come back", HeadScenarios::comeBack),
                new Scenario(NODE_REGAINED, "waiter come back, with followers", s -> {
                    comeBack(s);
                    s.followers();
                }));
    }

    private static void comeBack(Stage s) {
        s.hold(s.owner);
        s.sleep(s.head);
        s.sleep(s.victim, s.interruptibly());
        s.leave(s.victim);
        s.victimAt(NODE_REGAINED, s.take());
    }

    // The new owner hands on.
    private static Stream<Scenario> handingOn() {
        return Stream.of(
                new Scenario(SUCCESSOR_GRANTED, "new owner", s -> handOn(s, SUCCESSOR_GRANTED)),
                new Scenario(SUCCESSOR_HASHED, "new owner", s -> handOn(s, SUCCESSOR_HASHED)),
                new Scenario(SUCCESSOR_ENTERED, "new owner", s -> handOn(s, SUCCESSOR_ENTERED)),
                new Scenario(BEFORE_FREE, "new owner", s -> handOn(s, BEFORE_FREE)),
                new Scenario(SUCCESSOR_GRANTED, "new owner, of a waiter that is awake", s -> {
                    s.hold(s.owner);
                    s.sleep(s.victim, s.take());
                    s.stayAwake(s.spinner);
                    s.sleep(s.waiter);
                    s.victimAt(SUCCESSOR_GRANTED, s::drop);
                    s.expectTold();
                }),
                new Scenario(
                        SUCCESSOR_SKIPPED,
                        "new owner, of one that left last",
                        s -> handOnPastLeaver(s, SUCCESSOR_SKIPPED)),
                new Scenario(SUCCESSOR_SKIPPED, "new owner, of one that left from the middle", s -> {
                    s.hold(s.owner);
                    s.sleep(s.victim, s.take());
                    s.sleepInterruptibly(s.leaver);
                    s.followers();
                    s.leave(s.leaver);
                    s.victimAt(SUCCESSOR_SKIPPED, s::drop);
                    s.expectTold();
                }),
                new Scenario(
                        BEFORE_FREE, "new owner that has passed one that left", s -> handOnPastLeaver(s, BEFORE_FREE)),
                new Scenario(QUEUE_DRAINED, "new owner, last of the queue", s -> {
                    s.hold(s.owner);
                    s.sleep(s.victim, s.take());
                    s.victimAt(QUEUE_DRAINED, s::drop);
                    s.followers();
                    s.expectTold();
                }));
    }

    private static void handOn(Stage s, KillPoint point) {
        s.hold(s.owner);
        s.sleep(s.victim, s.take());
        s.followers();
        s.victimAt(point, s::drop);
        s.expectTold();
    }

    private static void handOnPastLeaver(Stage s, KillPoint point) {
        s.hold(s.owner);
        s.sleep(s.victim, s.take());
        s.sleepInterruptibly(s.leaver);
        s.leave(s.leaver);
        s.victimAt(point, s::drop);
        s.followers();
        s.expectTold();
    }

    // A head that leaves hands on.
    private static Stream<Scenario> handingOnUnowned() {
        Stream<Scenario> withFollowers = Stream.of(SUCCESSOR_GRANTED, KICK_PUBLISHED, BEFORE_FREE)
                .map(point -> new Scenario(point, "head that leaves", s -> {
                    s.hold(s.owner);
                    s.sleep(s.victim, s.interruptibly());
                    s.followers();
                    s.victimAt(point, s.victim::interrupt);
                }));
        Stream<Scenario> alone = Stream.of(SUCCESSOR_SKIPPED, QUEUE_DRAINED)
                .map(point -> new Scenario(point, "head that leaves after the last waiter has", s -> {
                    s.hold(s.owner);
                    s.sleep(s.victim, s.interruptibly());
                    s.sleepInterruptibly(s.leaver);
                    s.leave(s.leaver);
                    s.victimAt(point, s.victim::interrupt);
                    s.followers();
                }));
        return Stream.concat(withFollowers, alone);
    }
}
