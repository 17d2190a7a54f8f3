package io.pvlock.tests.kill;

import io.pvlock.core.KillPoint;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The test's hand on one thread of a {@link KillJvm}. */
final class Actor {

    private final KillJvm jvm;
    private final String name;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private int vcpu = -1;

    Actor(KillJvm jvm, String name) {
        this.jvm = jvm;
        this.name = name;
    }

    /** Gives a command and does not wait for its answer. */
    Actor send(String command) {
        jvm.send(name + " " + command);
        return this;
    }

    /** Gives a command and waits for the answer. */
    String ask(String command) {
        return send(command).answer();
    }

    String answer() {
        try {
            String answer = answers.poll(KillJvm.WATCHDOG_NS, TimeUnit.NANOSECONDS);
            if (answer == null) {
                throw new AssertionError(this + " has not answered: it hangs");
            }
            if (answer.startsWith("failed")) {
                throw new AssertionError(this + " " + answer);
            }
            return answer;
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    /** The answer that must begin so. */
    String expect(String beginning) {
        String answer = answer();
        if (!answer.startsWith(beginning)) {
            throw new AssertionError(this + " answers '" + answer + "', not '" + beginning + "'" + jvm.printed());
        }
        return answer;
    }

    /** The answer if there is one by now, else null. */
    String answerWithin(long timeoutNs) {
        try {
            return answers.poll(timeoutNs, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    void answered(String answer) {
        answers.add(answer);
    }

    // ---- kill points

    Actor arm(KillPoint point, ActorThread.Effect effect) {
        return arm(point, 1, effect);
    }

    /** @param nth that many hits of the point from now */
    Actor arm(KillPoint point, int nth, ActorThread.Effect effect) {
        send("!arm " + point + " " + nth + " " + effect).expect("armed");
        return this;
    }

    /** It stops at no point any more; it must be at rest. */
    void disarm() {
        // None of them comes there: they make no region file.
        arm(KillPoint.TEMP_CREATED, ActorThread.Effect.FREEZE);
    }

    /** It kills its process at the {@code nth} point from now, whatever that is, and says which just before. */
    void armAny(int nth) {
        send("!arm ANY " + nth + " KILL").expect("armed");
    }

    void expectAt(KillPoint point) {
        expect("at " + point);
    }

    /** Lets a frozen one go on. */
    void thaw() {
        send("!go");
    }

    /** Makes a frozen one kill its process where it is. */
    void die() {
        send("!die");
    }

    /** Makes a frozen one end its thread where it is. */
    void end() {
        send("!end").expect("ended");
    }

    void interrupt() {
        send("!interrupt");
    }

    // ---- slot

    /** Attaches it, for tests that look at its slot. */
    Actor attach() {
        vcpu = Integer.parseInt(ask("attach").split(" ")[1]);
        return this;
    }

    int vcpu() {
        return vcpu;
    }

    KillJvm jvm() {
        return jvm;
    }

    @Override
    public String toString() {
        return name + " of " + jvm + (vcpu < 0 ? "" : " vcpu=" + vcpu);
    }
}
