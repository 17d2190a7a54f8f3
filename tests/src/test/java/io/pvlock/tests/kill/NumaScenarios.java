package io.pvlock.tests.kill;

import static io.pvlock.core.KillPoint.*;

import java.util.stream.Stream;

/** A head that holds back for waiters of the owner's NUMA node, and those who go ahead of it. */
final class NumaScenarios {

    private NumaScenarios() {}

    static Stream<Scenario> all() {
        return Stream.concat(holdingBack(), goingAhead())
                .map(scenario -> new Scenario(
                        scenario.point(), scenario.role(), scenario.script().andThen(Stage::expectSound)));
    }

    // The owner and who is called run in the first process, the victim elsewhere.
    private static Stream<Scenario> holdingBack() {
        return Stream.of(
                new Scenario(WAITER_CALLED, "head that holds back", NumaScenarios::call),
                new Scenario(WAITER_CALLED, "head that holds back, the lock is free meanwhile", s -> {
                    call(s);
                    s.drop();
                }),
                new Scenario(WAITER_CALLED, "head that holds back, the called one is owner meanwhile", s -> {
                    call(s);
                    s.drop();
                    s.freezeNext(s.spinner, PLACE_LEFT_AHEAD);
                }));
    }

    private static void call(Stage s) {
        s.numaAware();
        s.hold(s.owner);
        s.victimAt(HEAD_GRANTED, s.take());
        s.freeze(s.spinner, LINKED);
        s.sleep(s.waiter);
        s.victimAt(WAITER_CALLED, s.victim::thaw);
    }

    // The head runs in the first process, the owner and who is called elsewhere.
    private static Stream<Scenario> goingAhead() {
        return Stream.of(TAKEN_AHEAD, WAITER_CALLED, PLACE_LEFT_AHEAD)
                .flatMap(point -> Stream.of(
                        new Scenario(point, "called ahead of a head that holds back", s -> {
                            goAhead(s, true);
                            s.victimAt(point, s.victim::thaw);
                            s.expectTold();
                        }),
                        new Scenario(point, "called ahead of a head that has died", s -> {
                            goAhead(s, false);
                            s.victimAt(point, s.victim::thaw);
                            s.expectTold();
                        })));
    }

    private static void goAhead(Stage s, boolean headStays) {
        s.numaAware();
        s.hold(s.head);
        Actor doomed = null;
        if (headStays) {
            s.freeze(s.spinner, HEAD_GRANTED);
        } else {
            doomed = s.doomedHead();
        }
        s.victimAt(LINKED, s.take());
        s.freeze(s.leaver, LINKED);
        s.sleep(s.waiter);
        if (headStays) {
            s.freezeNext(s.spinner, WAITER_CALLED);
        } else {
            s.freezeNext(doomed, WAITER_CALLED);
            s.end(doomed);
        }
        s.drop();
    }
}
