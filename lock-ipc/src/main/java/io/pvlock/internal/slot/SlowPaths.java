package io.pvlock.internal.slot;

import io.pvlock.core.HashDescriptor;
import io.pvlock.core.Participant;
import io.pvlock.core.SlowPath;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.linux.Libpvlock;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/** The slow paths in libpvlock of this process's threads in one region, as far as {@link SlowPathChoice} wants them there. */
final class SlowPaths {

    private final long address;
    private final RegionLayout layout;
    private final ProcessTable processes;
    private final int fd;
    private final FutexParker parker;
    private final NumaPlace numa;
    private final IntConsumer deaths;

    /** Null until a thread waits. */
    private Libpvlock.Region region;

    /**
     * @param fd of a file on the region, open as long as this is used
     * @param deaths is told of those who were marked dead in the middle of a wait
     */
    SlowPaths(
            long address,
            RegionLayout layout,
            ProcessTable processes,
            int fd,
            FutexParker parker,
            NumaPlace numa,
            IntConsumer deaths) {
        this.address = address;
        this.layout = layout;
        this.processes = processes;
        this.fd = fd;
        this.parker = parker;
        this.numa = numa;
        this.deaths = deaths;
    }

    /**
     * Lets {@code me} have its slow path, from its first wait on; before it takes part. For a thread that may sleep in the kernel: no
     * virtual one. No lambda: the first lock of a JVM comes by here, and would pay for linking it.
     */
    void prepare(Participant me) {
        me.slowPath(new Supplier<>() {
            @Override
            public SlowPath get() {
                return SlowPathChoice.isNativeNow()
                        ? new NativeSlowPath(region(), me, parker, numa.areSeveral(), deaths)
                        : null;
            }
        });
    }

    private synchronized Libpvlock.Region region() {
        if (region == null) {
            region = new Libpvlock.Region(
                    address,
                    layout.length(),
                    layout.vcpusOffset(),
                    layout.maxVcpus(),
                    layout.hashOffset(),
                    layout.hashCapacity() / HashDescriptor.ENTRIES_PER_LINE,
                    layout.processesOffset(),
                    layout.maxProcesses(),
                    processes.index(),
                    processes.generation(),
                    fd,
                    numa.isTold());
        }
        return region;
    }
}
