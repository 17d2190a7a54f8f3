package io.pvlock.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** An owner died and was replaced, on the thread that has the lock now. */
@Name("pvlock.OwnerDied")
@Label("Owner Died")
@Description("This thread has got the lock of an owner that died")
@Category("pvlock")
final class OwnerDiedEvent extends Event {

    @Label("Region")
    String region;

    @Label("Lock")
    String lock;

    @Label("Dead Pid")
    @Description("0 if it is not known")
    int deadPid;

    @Label("Dead Tid")
    int deadTid;

    @Label("Fencing Token")
    @Description("The last one handed out before")
    long fencingToken;

    static void record(String region, String lock, int pid, int tid, long fencingToken) {
        OwnerDiedEvent event = new OwnerDiedEvent();
        if (event.shouldCommit()) {
            event.region = region;
            event.lock = lock;
            event.deadPid = pid;
            event.deadTid = tid;
            event.fencingToken = fencingToken;
            event.commit();
        }
    }
}
