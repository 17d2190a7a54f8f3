package io.pvlock.internal.slot;

import io.pvlock.RegionException;
import io.pvlock.core.KillPoint;
import io.pvlock.internal.layout.FillLevel;
import io.pvlock.internal.layout.ProcessDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.layout.SharedText;
import io.pvlock.linux.NativeFile;
import io.pvlock.linux.OfdLock;
import io.pvlock.linux.Processes;
import io.pvlock.linux.Threads;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The processes that have the region open. Each holds an OFD byte lock at its index of the table: the kernel drops it when the
 * process is gone and not before, so it is the proof; pid, start time and name are for people.
 *
 * <p>The witness of a process is an open file, not a mapping. So two class loaders in one JVM are two processes here.
 */
public final class ProcessTable implements AutoCloseable {

    /** Each of the others takes its turn for less than a millisecond, once it has a processor. */
    private static final long PATIENCE_NS = 30_000_000_000L;

    private static final String REMEDY =
            "let some end (pvlock vcpus shows their threads), or make the region anew with a larger RegionOptions.maxProcesses";

    private static final long GATE_PAUSE_NS = 100_000;

    private static final int NOT_ENTERED = -1;

    private final UnsafeBuffer memory;
    private final RegionLayout layout;
    private final NativeFile file;
    private final int index;
    private final int generation;
    private final long clockShiftNs = Processes.clockShiftNs();

    /** Among the threads of this process, which share the byte lock of {@link #exclusively}. */
    private final ReentrantLock exclusive = new ReentrantLock();

    private ProcessTable(UnsafeBuffer memory, RegionLayout layout, NativeFile file, int index, int generation) {
        this.memory = memory;
        this.layout = layout;
        this.file = file;
        this.index = index;
        this.generation = generation;
    }

    /**
     * Enters this process.
     *
     * @throws RegionException FULL if every entry belongs to a live process
     */
    static ProcessTable enter(UnsafeBuffer memory, RegionLayout layout, NativeFile file) {
        passGate(layout, file);
        try {
            return enterNow(memory, layout, file);
        } finally {
            OfdLock.unlock(file, gate(layout), 1);
        }
    }

    /**
     * The table as one sees it who does not enter: nothing is written, and nothing that asks for a lock may be called.
     *
     * @param file an open file on the region, to read
     */
    static ProcessTable look(UnsafeBuffer memory, RegionLayout layout, NativeFile file) {
        return new ProcessTable(memory, layout, file, NOT_ENTERED, 0);
    }

    private static ProcessTable enterNow(UnsafeBuffer memory, RegionLayout layout, NativeFile file) {
        for (int index = 0; index < layout.maxProcesses(); index++) {
            if (OfdLock.tryLock(file, index, 1)) {
                KillPoint.hit(KillPoint.PROCESS_ENTERED);
                // Those before it are in use.
                new FillLevel("entries for processes", REMEDY).look(file.path(), index + 1, layout.maxProcesses());
                int generation = describe(memory, offset(layout, index));
                return new ProcessTable(memory, layout, file, index, generation);
            }
        }
        throw full(memory, layout, file);
    }

    private static RegionException full(UnsafeBuffer memory, RegionLayout layout, NativeFile file) {
        int mine = 0;
        for (int index = 0; index < layout.maxProcesses(); index++) {
            int pid = memory.getInt(offset(layout, index) + ProcessDescriptor.PID_OFFSET);
            mine += pid == Threads.getpid() ? 1 : 0;
        }
        return new RegionException(
                RegionException.Category.FULL,
                file.path() + ": " + layout.maxProcesses() + " of " + layout.maxProcesses()
                        + " process entries are in use by live processes"
                        + (mine == 0
                                ? ""
                                : ", " + mine
                                        + " of them by this one: regions that are open, or closed but still attached to by a thread;"
                                        + " close() them, end those threads, or let them lock elsewhere")
                        + "; " + REMEDY);
    }

    // Behind the last process's byte: whoever holds it is entering, or repairs the region and lets nobody in.
    private static long gate(RegionLayout layout) {
        return layout.maxProcesses();
    }

    private static void passGate(RegionLayout layout, NativeFile file) {
        await(
                file,
                gate(layout),
                file.path() + " is being repaired, or entered by a process that is stopped; try again later");
    }

    // Locks the byte at offset, of which everybody has need for a moment only.
    private static void await(NativeFile file, long offset, String otherwise) {
        // The interrupt is set aside, or a pause would end at once.
        boolean interrupted = Thread.interrupted();
        try {
            awaitPatiently(file, offset, otherwise);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void awaitPatiently(NativeFile file, long offset, String otherwise) {
        long begin = System.nanoTime();
        while (!OfdLock.tryLock(file, offset, 1)) {
            if (System.nanoTime() - begin > PATIENCE_NS) {
                throw new RegionException(RegionException.Category.UNAVAILABLE, otherwise);
            }
            LockSupport.parkNanos(GATE_PAUSE_NS);
        }
    }

    /**
     * Runs {@code action} while nobody else, in this process or another, runs one here. The kernel ends it for whoever dies in it.
     *
     * @throws RegionException UNAVAILABLE if a stopped process keeps everybody out
     */
    public void exclusively(Runnable action) {
        exclusive.lock();
        try {
            if (exclusive.getHoldCount() > 1) {
                action.run(); // the byte is locked, and whoever locked it unlocks it
                return;
            }
            await(
                    file,
                    exclusiveByte(),
                    "a process is making an object in " + file
                            + " and has not finished for 30 s; is it stopped? Let it run or end it");
            try {
                action.run();
            } finally {
                OfdLock.unlock(file, exclusiveByte(), 1);
            }
        } finally {
            exclusive.unlock();
        }
    }

    /**
     * Begins what {@link #exclusively} does around an action, without waiting; to be ended by {@link #endExclusive}.
     *
     * @return false if somebody runs an action, maybe the calling thread itself; nothing has begun then
     */
    boolean tryBeginExclusive() {
        if (exclusive.isHeldByCurrentThread() || !exclusive.tryLock()) {
            return false;
        }
        boolean begun = false;
        try {
            begun = OfdLock.tryLock(file, exclusiveByte(), 1);
            return begun;
        } finally {
            if (!begun) {
                exclusive.unlock();
            }
        }
    }

    void endExclusive() {
        try {
            OfdLock.unlock(file, exclusiveByte(), 1);
        } finally {
            exclusive.unlock();
        }
    }

    // Behind the gate.
    private long exclusiveByte() {
        return gate(layout) + 1;
    }

    /** How many other processes have the region open. */
    public int othersAlive() {
        int alive = 0;
        for (int process = 0; process < layout.maxProcesses(); process++) {
            if (process != index && OfdLock.isLockedByOther(file, process)) {
                alive++;
            }
        }
        return alive;
    }

    /**
     * Runs {@code action} while no other process is in the region and none can enter.
     *
     * @return false if there are others, or one is entering; the action was not run
     */
    public boolean runAlone(Runnable action) {
        if (!OfdLock.tryLock(file, gate(layout), 1)) {
            return false;
        }
        try {
            if (othersAlive() > 0) {
                return false;
            }
            action.run();
            return true;
        } finally {
            OfdLock.unlock(file, gate(layout), 1);
        }
    }

    // The byte lock is held, so nobody else writes this entry. Its generation is new, so that slots of its former
    // user, which is dead, are not taken for ours.
    private static int describe(UnsafeBuffer memory, int entry) {
        long previous =
                memory.getLongVolatile(entry + ProcessDescriptor.STATE_OFFSET); // P12 acquire; pairs with P12 below
        int generation = ProcessDescriptor.generation(previous) + 1 & 0xffff;
        int pid = Threads.getpid();
        UUID bootId = Processes.bootId();
        memory.putInt(entry + ProcessDescriptor.PID_OFFSET, pid);
        memory.putLong(entry + ProcessDescriptor.START_TIME_OFFSET, Processes.startTime(pid));
        memory.putLong(entry + ProcessDescriptor.BOOT_ID_OFFSET, bootId.getMostSignificantBits());
        memory.putLong(entry + ProcessDescriptor.BOOT_ID_OFFSET + Long.BYTES, bootId.getLeastSignificantBits());
        memory.putLong(entry + ProcessDescriptor.PID_NAMESPACE_OFFSET, Processes.pidNamespaceInode());
        memory.putLong(entry + ProcessDescriptor.ATTACHED_SINCE_OFFSET, System.currentTimeMillis());
        memory.putLong(entry + ProcessDescriptor.CLOCK_SHIFT_OFFSET, Processes.clockShiftNs());
        SharedText.put(
                memory,
                entry + ProcessDescriptor.COMMAND_LENGTH_OFFSET,
                ProcessDescriptor.COMMAND_MAX_BYTES,
                Processes.commandName(pid));
        memory.putInt(entry + ProcessDescriptor.BELL_OFFSET, 0); // what was told to its former user
        // P12 release: who it is before the generation that announces it; pairs with P12 acquire in isDead.
        memory.putLongRelease(
                entry + ProcessDescriptor.STATE_OFFSET, ProcessDescriptor.state(ProcessDescriptor.LIVE, generation));
        return generation;
    }

    /** Whether this process has entered the region; else it only looks. */
    boolean hasEntered() {
        return index != NOT_ENTERED;
    }

    /** This process's index. */
    public int index() {
        return index;
    }

    /** This process's generation of that entry. */
    public int generation() {
        return generation;
    }

    /** Whether the process that had entry {@code process} in {@code itsGeneration} is gone: proved by the kernel. */
    public boolean isDead(int process, int itsGeneration) {
        if (process >= layout.maxProcesses()) {
            return true;
        }
        // P12 acquire; pairs with P12 release in describe.
        long state = memory.getLongVolatile(offset(layout, process) + ProcessDescriptor.STATE_OFFSET);
        if (ProcessDescriptor.generation(state) != itsGeneration
                || ProcessDescriptor.status(state) != ProcessDescriptor.LIVE) {
            return true;
        }
        return process != index && !OfdLock.isLockedByOther(file, process);
    }

    /** Whether a process that lives is in the region with that index; no system call where none says so. */
    public boolean isLive(int process) {
        // P12 acquire; pairs with P12 where it is set.
        long state = memory.getLongVolatile(offset(layout, process) + ProcessDescriptor.STATE_OFFSET);
        return ProcessDescriptor.status(state) == ProcessDescriptor.LIVE && isEntered(process);
    }

    /** Whether some process is in the region with that index. */
    public boolean isEntered(int process) {
        return process == index || OfdLock.isLockedByOther(file, process);
    }

    /** The region, for people. */
    public Object region() {
        return file.path();
    }

    /** 0 if there is no such entry. */
    public int pid(int process) {
        return process >= layout.maxProcesses()
                ? 0
                : memory.getInt(offset(layout, process) + ProcessDescriptor.PID_OFFSET);
    }

    /**
     * What to add to an instant of the monotonic clock that {@code process} has written, to compare it with this process's; empty if that
     * is not known.
     */
    public OptionalLong clockDifferenceNs(int process) {
        long theirs = process >= layout.maxProcesses()
                ? Processes.NO_CLOCK_SHIFT
                : memory.getLong(offset(layout, process) + ProcessDescriptor.CLOCK_SHIFT_OFFSET);
        return theirs == Processes.NO_CLOCK_SHIFT || clockShiftNs == Processes.NO_CLOCK_SHIFT
                ? OptionalLong.empty()
                : OptionalLong.of(clockShiftNs - theirs);
    }

    /** Empty if there is no such entry. */
    public String commandName(int process) {
        if (process >= layout.maxProcesses()) {
            return "";
        }
        return SharedText.get(
                memory,
                offset(layout, process) + ProcessDescriptor.COMMAND_LENGTH_OFFSET,
                ProcessDescriptor.COMMAND_MAX_BYTES);
    }

    private static int offset(RegionLayout layout, int process) {
        return layout.processesOffset() + process * ProcessDescriptor.LENGTH;
    }

    /** Leaves: the entry is marked free and the witness dropped. All slots of this process must be given back before. */
    @Override
    public void close() {
        if (hasEntered()) {
            // P12 release: after the last use of the region; pairs with P12 acquire in isDead.
            memory.putLongRelease(
                    offset(layout, index) + ProcessDescriptor.STATE_OFFSET,
                    ProcessDescriptor.state(ProcessDescriptor.FREE, generation));
        }
        file.close();
    }
}
