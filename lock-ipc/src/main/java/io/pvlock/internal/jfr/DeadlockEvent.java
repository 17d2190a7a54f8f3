package io.pvlock.internal.jfr;

import java.util.List;
import java.util.function.Supplier;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A circle of waits was found, on a thread in it. */
@Name("pvlock.Deadlock")
@Label("Deadlock")
@Description("This thread waits in a circle of waits, which may lead through other processes")
@Category("pvlock")
final class DeadlockEvent extends Event {

    @Label("Region")
    String region;

    @Label("Lock")
    @Description("That this thread waits for")
    String lock;

    @Label("Circle")
    String circle;

    static void record(String region, String lock, Supplier<List<String>> circle) {
        DeadlockEvent event = new DeadlockEvent();
        if (event.shouldCommit()) {
            event.region = region;
            event.lock = lock;
            event.circle = String.join("; ", circle.get());
            event.commit();
        }
    }
}
