package io.pvlock.tests.kill;

import static io.pvlock.core.KillPoint.*;

import io.pvlock.core.KillPoint;
import java.util.stream.Stream;

/** The owner: inside, letting go, giving up. */
final class OwnerScenarios {

    private OwnerScenarios() {}

    static Stream<Scenario> all() {
        return Stream.of(
                new Scenario(CRITICAL_SECTION, "owner, nobody waits", s -> {
                    s.victim.send(s.take()).expect("held");
                    s.victimAt(CRITICAL_SECTION, s.dropCommand());
                    s.expectTold();
                }),
                new Scenario(
                        CRITICAL_SECTION,
                        "owner, others sleep",
                        s -> letGo(s, CRITICAL_SECTION).expectTold()),
                new Scenario(CRITICAL_SECTION, "owner that came by the queue, others sleep", s -> {
                    s.hold(s.owner);
                    s.sleep(s.victim, s.take());
                    s.sleep(s.head);
                    s.followers();
                    s.drop();
                    s.victim.expect("held");
                    s.victimAt(CRITICAL_SECTION, s.dropCommand());
                    s.expectTold();
                }),
                new Scenario(UNLOCKED, "unlocker by the fast path", s -> {
                    s.victim.send(s.take()).expect("held");
                    s.victimAt(UNLOCKED, s.dropCommand());
                }),
                new Scenario(RELEASED, "unlocker", s -> letGo(s, RELEASED)),
                new Scenario(RELEASED, "unlocker, a thief holds meanwhile", s -> {
                    letGo(s, RELEASED);
                    s.hold(s.newcomer);
                }),
                new Scenario(ENTRY_TAKEN, "unlocker", s -> letGo(s, ENTRY_TAKEN)),
                new Scenario(ENTRY_TAKEN, "unlocker, a thief holds meanwhile", s -> {
                    letGo(s, ENTRY_TAKEN);
                    s.hold(s.newcomer);
                }),
                new Scenario(KICK_PUBLISHED, "unlocker", s -> letGo(s, KICK_PUBLISHED)),
                new Scenario(
                        ENTRY_TAKEN, "unlocker so late that it finds the next head", s -> letGoLate(s, ENTRY_TAKEN)),
                new Scenario(
                        KICK_PUBLISHED,
                        "unlocker so late that it finds the next head",
                        s -> letGoLate(s, KICK_PUBLISHED)),
                new Scenario(ENTRY_TAKEN, "owner that gives up for good", s -> {
                    queueBehindVictim(s);
                    s.victimAt(ENTRY_TAKEN, "abandon " + s.lock);
                    s.expectGivenUp();
                }));
    }

    private static Stage letGo(Stage s, KillPoint point) {
        queueBehindVictim(s);
        s.victimAt(point, s.dropCommand());
        return s;
    }

    // The one that it should kick wakes by itself, has the lock, and makes the next one head in its sleep.
    private static void letGoLate(Stage s, KillPoint point) {
        s.victim.send(s.take()).expect("held");
        s.sleepAndHold(s.head);
        s.followers();
        s.victimAt(ENTRY_TAKEN, s.dropCommand());
        s.kick(s.head);
        s.expectHeld(s.head);
        s.victimAt(point, s.victim::thaw);
    }

    private static void queueBehindVictim(Stage s) {
        s.victim.send(s.take()).expect("held");
        s.sleep(s.head);
        s.followers();
    }
}
