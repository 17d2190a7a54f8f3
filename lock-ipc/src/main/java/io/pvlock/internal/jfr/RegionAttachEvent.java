package io.pvlock.internal.jfr;

import java.util.function.IntSupplier;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** This process has opened a region. */
@Name("pvlock.RegionAttach")
@Label("Region Attach")
@Description("This process has opened a region, and made it if there was none")
@Category("pvlock")
@StackTrace(false)
final class RegionAttachEvent extends Event {

    @Label("Region")
    String region;

    @Label("Size")
    @DataAmount
    long bytes;

    @Label("Other Processes")
    @Description("That have it open")
    int otherProcesses;

    @Label("Time to Open")
    @Timespan
    long opened;

    static void record(String region, long bytes, IntSupplier others, long ns) {
        RegionAttachEvent event = new RegionAttachEvent();
        if (event.shouldCommit()) {
            event.region = region;
            event.bytes = bytes;
            event.otherProcesses = others.getAsInt();
            event.opened = ns;
            event.commit();
        }
    }
}
