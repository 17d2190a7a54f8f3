package io.pvlock.tests.kill;

import io.pvlock.core.KillPoint;
import java.util.function.Consumer;

/**
 * Brings a victim to a point in a role.
 *
 * @param victim how far it is
 * @param script places the survivors and brings the victim to the point; it dies when the script has ended
 */
record Scenario(KillPoint point, String role, Prepared victim, Consumer<Stage> script) {

    /** How far the victim is when the script begins. */
    enum Prepared {
        /** A JVM that does not have the region open. */
        STARTED,
        /** The region open, no thread attached. */
        OPEN,
        /** A thread attached. */
        ATTACHED
    }

    Scenario(KillPoint point, String role, Consumer<Stage> script) {
        this(point, role, Prepared.ATTACHED, script);
    }

    /** Brings the victim to its point. */
    void stage(Stage stage) {
        try {
            script.accept(stage);
        } catch (AssertionError e) {
            throw new AssertionError(
                    "on the way to " + this + ": " + e.getMessage() + "\n" + stage.view.describe(stage.cell), e);
        }
    }

    @Override
    public String toString() {
        return point + ", " + role;
    }
}
