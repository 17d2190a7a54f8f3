package io.pvlock.tests.kill;

import static io.pvlock.core.KillPoint.*;
import static io.pvlock.tests.kill.Scenario.Prepared.OPEN;
import static io.pvlock.tests.kill.Scenario.Prepared.STARTED;

import io.pvlock.RegionOptions;
import io.pvlock.internal.file.RegionFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Those who come and go: processes, threads, locks, regions; and those who find or clear away the dead. */
final class RegionScenarios {

    private RegionScenarios() {}

    static Stream<Scenario> all() {
        return Stream.of(
                        attaching(),
                        detaching(),
                        makingLocks(),
                        removingNames(),
                        makingRegions(),
                        noticing(),
                        reclaiming())
                .flatMap(scenarios -> scenarios);
    }

    private static Stream<Scenario> attaching() {
        Stream<Scenario> threads = Stream.of(SLOT_CLAIMED, SENTINEL_INITIALISED, SENTINEL_LOCKED, SLOT_ATTACHED)
                .map(point -> new Scenario(point, "attacher", OPEN, s -> {
                    everyRole(s);
                    s.victimAt(point, "attach");
                }));
        Scenario process = new Scenario(PROCESS_ENTERED, "opener of a region", STARTED, s -> {
            everyRole(s);
            s.victimAt(PROCESS_ENTERED, "open " + s.view.path());
        });
        return Stream.concat(Stream.of(process), threads);
    }

    private static void everyRole(Stage s) {
        s.hold(s.owner);
        s.sleep(s.head);
        s.followers();
    }

    private static Stream<Scenario> detaching() {
        return Stream.of(DETACH_MARKED, SENTINEL_UNLOCKED)
                .flatMap(point -> Stream.of(
                        new Scenario(point, "detacher", s -> {
                            everyRole(s);
                            s.victimAt(point, "detach");
                        }),
                        new Scenario(point, "detacher that has left a queue", s -> {
                            s.hold(s.owner);
                            s.sleep(s.head);
                            s.sleepInterruptibly(s.victim);
                            s.leave(s.victim);
                            s.victimAt(point, "detach");
                            s.followers();
                        })));
    }

    private static Stream<Scenario> makingLocks() {
        return Stream.of(BUCKET_CLAIMED, ENTRY_RESERVED, ENTRY_UNLISTED, ENTRY_FILLED, BUCKET_FILLED)
                .map(point -> new Scenario(point, "maker of a lock", OPEN, s -> {
                    everyRole(s);
                    String made = s.survivors.newLock();
                    s.victimAt(point, "name " + made);
                    s.afterDeath(() -> {
                        s.leaver.send("take " + made + " PARK").expect("held false 1");
                        s.leaver.send("drop " + made).expect("dropped");
                    });
                }));
    }

    private static Stream<Scenario> removingNames() {
        Stream<Scenario> unused = Stream.of(NAME_UNLINKED, NAME_REMOVED, ENTRY_CLEARED, ENTRY_UNUSED, ENTRY_GIVEN_BACK)
                .map(point -> new Scenario(point, "remover of a name that nobody uses", OPEN, s -> {
                    everyRole(s);
                    RegionView.Names before = s.view.names();
                    String removed = s.survivors.lockOfNobody();
                    String another = s.survivors.lockOfNobody();
                    s.victimAt(point, "remove " + removed);
                    s.afterDeath(() -> {
                        Stage.check(!s.view.exists(removed), removed + " is still there");
                        s.leaver.send("take " + removed + " PARK").expect("held false 1");
                        Stage.drop(s.leaver, removed);
                        // Whoever removes a name gives back what others have left on the way.
                        s.leaver.send("remove " + another).expect("removed true");
                        Stage.check(
                                s.view.names().equals(before.and(1)),
                                "before: " + before + "; with one name more: " + s.view.names());
                    });
                }));
        Scenario held = new Scenario(NAME_UNLINKED, "remover of a name whose lock is held", OPEN, s -> {
            everyRole(s);
            RegionView.Names before = s.view.names();
            String name = s.survivors.newLock();
            s.owner.send("take " + name + " PARK").expect("held");
            s.victimAt(NAME_UNLINKED, "remove " + name);
            s.afterDeath(() -> {
                s.leaver.send("try " + name).expect("busy");
                Stage.drop(s.owner, name);
                s.leaver.send("take " + name + " PARK").expect("held false 2");
                Stage.drop(s.leaver, name);
                Stage.check(
                        s.view.names().equals(before.and(1)),
                        "before: " + before + "; with one name more: " + s.view.names());
            });
        });
        return Stream.concat(unused, Stream.of(held));
    }

    private static Stream<Scenario> makingRegions() {
        return Stream.of(TEMP_CREATED, TEMP_FILLED, REGION_LINKED)
                .map(point -> new Scenario(point, "maker of a region", STARTED, s -> {
                    everyRole(s);
                    Path made = s.survivors.otherPath();
                    s.victimAt(point, "create " + made);
                    s.afterDeath(() -> {
                        open(made);
                        // To make another one clears away what the dead have left.
                        open(Path.of(made + "2"));
                        Stage.check(temporaries(made.getParent()) == 0, "a temporary region file is left over");
                    });
                }));
    }

    private static void open(Path path) {
        RegionFile.openOrCreate(path, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
    }

    private static int temporaries(Path directory) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, ".pvlock-*")) {
            int count = 0;
            for (Path file : files) {
                count++;
            }
            return count;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // The kernel wakes one for each death, the first that began to wait; the others wait for that one.
    private static Stream<Scenario> noticing() {
        return Stream.of(DEATH_SEEN, DEATH_MARKED)
                .flatMap(point -> Stream.of(
                        new Scenario(point, "first to notice a death, others depend on it", s -> {
                            Actor doomed = s.doomedOwner();
                            s.sleep(s.victim, s.take());
                            s.followers();
                            s.sleepElsewhere(s.head, doomed);
                            s.holdBack(s.head, s.waiter, s.spinner);
                            s.victimAt(point, () -> s.end(doomed));
                            s.expectTold();
                            if (point == DEATH_SEEN) {
                                // Those behind it see its own death, not the one it should tell.
                                s.needsBound();
                            }
                        }),
                        new Scenario(point, "first to notice a death, nobody depends on it", s -> {
                            Actor doomed = s.doomedOwner();
                            s.sleep(s.victim, s.take());
                            s.sleepElsewhere(s.head, doomed);
                            s.holdBack(s.head);
                            s.victimAt(point, () -> s.end(doomed));
                            s.expectTold();
                            if (point == DEATH_SEEN) {
                                s.needsBound();
                            }
                        })));
    }

    private static Stream<Scenario> reclaiming() {
        Scenario words = new Scenario(DEAD_WORD_CLEARED, "reclaimer of a permit", OPEN, s -> {
            everyRole(s);
            String semaphore = s.survivors.newLock();
            Actor holder = s.survivors.doomed();
            holder.send("permit " + semaphore).expect("permit true");
            s.end(holder);
            s.victimAt(DEAD_WORD_CLEARED, "reclaim");
            s.afterDeath(() -> {
                s.leaver.send("permit " + semaphore).expect("permit true");
                s.leaver.send("release " + semaphore).expect("released");
            });
        });
        Stream<Scenario> locks = Stream.of(
                        RECLAIM_MARKED, OWNER_RELEASED, DEAD_QUEUE_DROPPED, DEAD_UNHASHED, DEAD_NODES_FREED)
                .map(point -> new Scenario(point, "reclaimer", OPEN, s -> {
                    s.busyElsewhere();
                    Actor owner = s.doomedOwner();
                    Actor head = s.doomedAt(HEAD_PARKING);
                    s.end(head);
                    s.end(owner);
                    s.victimAt(point, "reclaim");
                    s.expectTold();
                }));
        return Stream.concat(locks, Stream.of(words));
    }
}
