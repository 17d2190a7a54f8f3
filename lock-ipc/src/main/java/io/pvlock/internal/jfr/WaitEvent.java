package io.pvlock.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;

/** A wait for a lock, on the thread that waited. */
@Name("pvlock.Wait")
@Label("Wait for a Lock of a Region")
@Description("A thread has waited for a lock that others held, of this process or another")
@Category("pvlock")
@Threshold("10 ms")
final class WaitEvent extends Event {

    @Label("Region")
    String region;

    @Label("Lock")
    String lock;

    @Label("Policy")
    String policy;

    @Label("Owner Pid")
    @Description("Of who held the lock when the wait began; 0 if that is not known any more")
    int ownerPid;

    @Label("Owner Tid")
    int ownerTid;

    @Label("Owner Thread")
    String ownerThread;

    @Label("Owner Command")
    String ownerCommand;

    @Label("How")
    @Description("overtook: past the queue; spun: without a sleep; slept")
    String how;

    @Label("Sleeps")
    long sleeps;

    @Label("Outcome")
    @Description("Such as ACQUIRED, OWNER_DIED, TIMED_OUT, INTERRUPTED, DEADLOCK")
    String outcome;

    static WaitEvent beginIfWanted() {
        WaitEvent event = new WaitEvent();
        if (!event.isEnabled()) {
            return null;
        }
        event.begin();
        return event;
    }

    boolean endIfWanted() {
        end();
        return shouldCommit();
    }

    void record(
            String ofRegion,
            String ofLock,
            String itsPolicy,
            FlightRecording.Holder holder,
            String itsHow,
            long itsSleeps,
            String itsOutcome) {
        region = ofRegion;
        lock = ofLock;
        policy = itsPolicy;
        ownerPid = holder.pid();
        ownerTid = holder.tid();
        ownerThread = holder.thread();
        ownerCommand = holder.command();
        how = itsHow;
        sleeps = itsSleeps;
        outcome = itsOutcome;
        commit();
    }
}
