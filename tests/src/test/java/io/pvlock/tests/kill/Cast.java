package io.pvlock.tests.kill;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The processes of a series of scenarios: the next victim starts while the present one plays, the survivors stay while
 * all goes well.
 */
final class Cast implements AutoCloseable {

    private final Path directory;
    private ChildJvm nextVictim = startVictim();
    private Survivors survivors;

    Cast(Path directory) {
        this.directory = directory;
    }

    /** A process that has not opened the region; the caller closes it. */
    ChildJvm victim() {
        ChildJvm victim = nextVictim;
        nextVictim = startVictim();
        victim.awaitReady();
        return victim;
    }

    private static ChildJvm startVictim() {
        return ChildJvm.start("victim", Survivors.ENDLESS_SLEEP);
    }

    /** Prepares {@code jvm} as the victim of {@code scenario}. */
    Stage stage(Scenario scenario, ChildJvm jvm) throws IOException {
        Actor victim = jvm.actor("victim");
        Survivors others = survivors();
        if (scenario.victim() != Scenario.Prepared.STARTED) {
            others.open(victim);
        }
        if (scenario.victim() == Scenario.Prepared.ATTACHED) {
            victim.attach();
        }
        return new Stage(others, victim);
    }

    private Survivors survivors() throws IOException {
        if (survivors != null && !survivors.isSound()) {
            dismiss();
        }
        if (survivors == null) {
            survivors = new Survivors(directory);
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
        nextVictim.close();
        dismiss();
    }
}
