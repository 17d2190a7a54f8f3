package io.pvlock.tests.kill;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The processes of a series of scenarios: the next victim starts while the present one plays, the survivors stay while
 * all goes well.
 */
final class Cast implements AutoCloseable {

    private final Path directory;
    private final Casting casting;
    private final Deque<ChildJvm> nextVictims = new ArrayDeque<>();
    private Survivors survivors;

    /** @param victimsAhead how many to start before they are needed */
    Cast(Path directory, int victimsAhead) {
        this(directory, victimsAhead, Casting.ALL_IN_JAVA);
    }

    Cast(Path directory, int victimsAhead, Casting casting) {
        this.directory = directory;
        this.casting = casting;
        for (int i = 0; i < victimsAhead; i++) {
            nextVictims.add(startVictim());
        }
    }

    /** A process that has not opened the region; the caller closes it. */
    ChildJvm victim() {
        nextVictims.add(startVictim());
        ChildJvm victim = nextVictims.remove();
        victim.awaitReady();
        return victim;
    }

    private ChildJvm startVictim() {
        return Survivors.start("victim", casting.victim(), Survivors.SECOND_NODE);
    }

    /** Prepares {@code jvm} as the victim of {@code scenario}. */
    Stage stage(Scenario scenario, ChildJvm jvm) throws IOException {
        return new Stage(survivors(), prepare(scenario, jvm));
    }

    /** As {@link #stage(Scenario, ChildJvm)}, with a second victim, in {@code jvm} or in {@code secondJvm}. */
    Stage stage(Scenario scenario, ChildJvm jvm, ChildJvm secondJvm, Second.Role role) throws IOException {
        Actor victim = prepare(scenario, jvm);
        if (secondJvm != jvm) {
            survivors().open(secondJvm.actor("main"));
        }
        Actor second = secondJvm.actor("second").attach();
        return new Stage(survivors(), victim, new Second(role, second));
    }

    private Actor prepare(Scenario scenario, ChildJvm jvm) throws IOException {
        Actor victim = jvm.actor("victim");
        Survivors others = survivors();
        if (scenario.victim() != Scenario.Prepared.STARTED) {
            others.open(victim);
        }
        if (scenario.victim() == Scenario.Prepared.ATTACHED) {
            victim.attach();
        }
        return victim;
    }

    private Survivors survivors() throws IOException {
        if (survivors != null && !survivors.isSound()) {
            dismiss();
        }
        if (survivors == null) {
            survivors = new Survivors(directory, casting);
        }
        return survivors;
    }

    /** Something has gone wrong with them: the next scenario gets others. */
    void dismiss() throws IOException {
        if (survivors != null) {
            survivors.close();
            survivors = null;
        }
    }

    @Override
    public void close() throws IOException {
        nextVictims.forEach(ChildJvm::close);
        dismiss();
    }
}
