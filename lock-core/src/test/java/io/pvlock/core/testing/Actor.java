package io.pvlock.core.testing;

import io.pvlock.core.KillPoint;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * One participant under a {@link StepDriver}: a thread that moves only when told to, from one {@link KillPoint} to the next. Used
 * by the test's thread.
 */
public final class Actor {

    private enum State {
        /** Has nothing to do. */
        IDLE,
        /** Stands at a kill point, or at the beginning of an operation. */
        STOPPED,
        /** Sleeps. */
        PARKED
    }

    /** Ends the thread of an actor that will not go on. */
    private static final class Death extends Error {
        private static final long serialVersionUID = 1L;

        Death() {
            super("the test is over", null, false, false);
        }
    }

    /** What something called in the middle of a wait throws. */
    private static final class Thrown extends Error {
        private static final long serialVersionUID = 1L;

        Thrown() {
            super("thrown by the test", null, false, false);
        }
    }

    private static final long WATCHDOG_SECONDS = 120;

    private final StepDriver driver;
    private final Participant participant;
    private final Thread thread;
    private final Semaphore go = new Semaphore(0);
    private final Semaphore back = new Semaphore(0);

    // Handed back and forth with the two semaphores.
    private State state = State.IDLE;
    private KillPoint at;
    private Predicate<KillPoint> stopHere;
    private boolean permit;
    private int dependsOn;
    private long sleepsUntilNs = Participant.NO_DEADLINE;
    private boolean interrupted;
    private boolean gone;
    private boolean closing;
    private boolean throwing;
    private boolean atEnd;
    private String operationName = "";
    private int operationCell = -1;
    private boolean interruptible;
    private Supplier<Outcome> operation;
    private Outcome outcome;
    private Throwable failure;

    Actor(StepDriver driver, Participant participant) {
        this.driver = driver;
        this.participant = participant;
        this.thread = new Thread(this::loop, "actor-" + participant.index());
        thread.setDaemon(true);
        thread.start();
    }

    // ---- operations: begun here, carried out by the moves below

    public Actor lock(int cell) {
        return begin("lock", cell, false, () -> driver.lockNow(this, cell, false));
    }

    public Actor lockInterruptibly(int cell) {
        return begin("lockInterruptibly", cell, true, () -> driver.lockNow(this, cell, true));
    }

    public Actor tryLock(int cell) {
        return begin("tryLock", cell, false, () -> driver.tryLockNow(this, cell));
    }

    /** Declares the data consistent if need be, and unlocks. */
    public Actor unlock(int cell) {
        driver.released(this, cell);
        return begin("unlock", cell, false, () -> driver.unlockNow(this, cell));
    }

    /** Locks and unlocks cell after cell. */
    public Actor visit(int firstCell, int endCell) {
        return begin("visit", firstCell, false, () -> driver.visitNow(this, firstCell, endCell));
    }

    /** Gives the lock up as not recoverable. */
    public Actor abandon(int cell) {
        driver.released(this, cell);
        return begin("abandon", cell, false, () -> driver.abandonNow(this, cell));
    }

    private Actor begin(String name, int cell, boolean mayBeInterrupted, Supplier<Outcome> newOperation) {
        if (state != State.IDLE || gone) {
            throw new IllegalStateException(this + " cannot begin " + name);
        }
        operationName = name;
        operationCell = cell;
        interruptible = mayBeInterrupted;
        operation = newOperation;
        outcome = null;
        at = null;
        state = State.STOPPED;
        return this;
    }

    // ---- moves

    /** Moves until it sleeps or has ended its operation. */
    public Actor run() {
        return runUntil(point -> false);
    }

    /** Moves until it stands at {@code point}. */
    public Actor runTo(KillPoint point) {
        runUntil(passed -> passed == point);
        if (state != State.STOPPED) {
            throw new AssertionError(this + " did not come by " + point + "\n" + driver.describe());
        }
        return this;
    }

    /**
     * Moves until it sleeps, its operation has ended, or {@code stop} says so: asked at every kill point, and with null before every
     * access to the memory.
     */
    public Actor runUntil(Predicate<KillPoint> stop) {
        if (!isRunnable() && !awaitsTime()) {
            throw new AssertionError(this + " cannot move\n" + driver.describe());
        }
        stopHere = stop;
        driver.moving(this);
        go.release();
        try {
            if (!back.tryAcquire(WATCHDOG_SECONDS, TimeUnit.SECONDS)) {
                AssertionError error = new AssertionError(this + " does not come back\n" + driver.describe());
                error.setStackTrace(thread.getStackTrace());
                throw error;
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        driver.moving(null);
        if (failure != null) {
            throw new AssertionError(failure.getMessage() + "\n" + this + " failed\n" + driver.describe(), failure);
        }
        return this;
    }

    /** Interrupts its thread. */
    public Actor interrupt() {
        interrupted = true;
        return this;
    }

    /** Wakes it for no reason. */
    public Actor kick() {
        permit = true;
        return this;
    }

    /** It will never move again, but nobody has noticed. */
    public Actor vanish() {
        gone = true;
        driver.vanished(this);
        return this;
    }

    /** Its death is proved; all who sleep are kicked. */
    public Actor die() {
        vanish();
        driver.announceDeath(this);
        return this;
    }

    /** Where it stands something throws when it moves next. False if nothing could throw there in production. */
    public boolean throwThere() {
        // Nothing is called by an unlock before the lock is free, nor once an attempt has its outcome.
        boolean mayThrow = at != null || !operationName.equals("unlock") && !atEnd;
        throwing =
                Implementation.current().letsThrow() && state == State.STOPPED && mayThrow && driver.isInSlowPath(this);
        return throwing;
    }

    // ---- questions

    public int index() {
        return participant.index();
    }

    public Participant participant() {
        return participant;
    }

    public boolean isGone() {
        return gone;
    }

    public boolean isIdle() {
        return !gone && state == State.IDLE;
    }

    public boolean isParked() {
        return !gone && state == State.PARKED;
    }

    /** Whether it moves if time passes. */
    public boolean awaitsTime() {
        return isParked() && sleepsUntilNs != Participant.NO_DEADLINE && !isRunnable();
    }

    /** When its sleep ends by itself; {@link Participant#NO_DEADLINE} if it does not. */
    public long sleepsUntilNs() {
        return sleepsUntilNs;
    }

    public boolean isInterruptible() {
        return !gone && state != State.IDLE && interruptible;
    }

    /** Whether it moves by itself. */
    public boolean isRunnable() {
        if (gone || state == State.IDLE) {
            return false;
        }
        return state == State.STOPPED || permit || interrupted || dependsOn >= 0 && driver.isDead(dependsOn);
    }

    /** Whether it was stopped between two sleeps. */
    public boolean isStopped() {
        return state == State.STOPPED;
    }

    /** The kill point where it stands; null if elsewhere. */
    public KillPoint at() {
        return state == State.STOPPED ? at : null;
    }

    /** The cell of the operation that is under way; -1 if none is. */
    public int operationCell() {
        return state == State.IDLE ? -1 : operationCell;
    }

    /** How the last operation ended. */
    public Outcome outcome() {
        return outcome;
    }

    @Override
    public String toString() {
        return "actor " + index() + " ("
                + (state == State.IDLE ? "" : operationName + "(" + operationCell + ") ")
                + (gone ? "gone " : "")
                + (state == State.STOPPED
                        ? "at " + (at == null ? "an access" : at)
                        : state + (outcome == null ? "" : " " + outcome))
                + ")";
    }

    // ---- the actor's own thread

    private void loop() {
        for (; ; ) {
            go.acquireUninterruptibly();
            if (closing) {
                return;
            }
            try {
                passOnInterrupt();
                outcome = operation.get();
                state = State.IDLE;
                driver.moved(this);
            } catch (Death death) {
                return;
            } catch (Thrown thrown) {
                outcome = null;
                if (closing) {
                    return; // it was ended on its way out
                }
            } catch (Throwable t) {
                failure = t;
            }
            interrupted = false;
            Thread.interrupted();
            state = State.IDLE;
            back.release();
        }
    }

    void reached(KillPoint point) {
        if (Thread.currentThread() == thread) {
            at = point;
            state = State.STOPPED;
            driver.moved(this);
            if (stopHere.test(point)) {
                waitForGo();
            }
        }
    }

    private static boolean isEndOfAttempt(StackWalker.StackFrame frame) {
        return frame.getClassName().equals(Participant.class.getName())
                && frame.getMethodName().equals("end");
    }

    void beforeAccess() {
        if (Thread.currentThread() == thread && stopHere.test(null)) {
            at = null;
            atEnd = StackWalker.getInstance().walk(frames -> frames.anyMatch(Actor::isEndOfAttempt));
            state = State.STOPPED;
            driver.moved(this);
            waitForGo();
        }
    }

    void park(int newDependsOn, long deadlineNs) {
        if (!permit) {
            dependsOn = newDependsOn;
            sleepsUntilNs = deadlineNs;
            state = State.PARKED;
            driver.moved(this);
            waitForGo();
        }
        permit = false;
    }

    private void waitForGo() {
        back.release();
        go.acquireUninterruptibly();
        if (closing) {
            throw new Death();
        }
        passOnInterrupt();
        if (throwing) {
            throwing = false;
            throw new Thrown();
        }
    }

    // Not by the test's thread: whether the semaphore shows the status to others while it waits is nobody's business.
    private void passOnInterrupt() {
        if (interrupted) {
            thread.interrupt();
        }
    }

    void close() throws InterruptedException {
        closing = true;
        go.release();
        thread.join(TimeUnit.SECONDS.toMillis(WATCHDOG_SECONDS));
        if (thread.isAlive()) {
            throw new AssertionError(this + " does not end");
        }
    }
}
