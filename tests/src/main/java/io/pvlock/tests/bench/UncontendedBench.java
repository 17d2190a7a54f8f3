package io.pvlock.tests.bench;

import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import io.pvlock.core.Participant;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.PvQSpinLock;
import io.pvlock.core.WaitPolicy;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.linux.NativeFile;
import io.pvlock.linux.RobustMutex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import net.openhft.chronicle.queue.impl.single.TableStoreWriteLock;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.AtomicBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One thread locks and unlocks, nobody else comes. Each benchmark is one pair; the floors are what the hardware asks for it
 * at least, on the same mapped memory through the same accessors. Iterations are about as long as a time slice, so that on a busy
 * machine some of them are not interrupted.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 60, time = 5, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class UncontendedBench {

    private static final int ASYMMETRIC_OWNER = 0x1_0001;
    private static final long ASYMMETRIC_FREE = (long) ASYMMETRIC_OWNER << Integer.SIZE;
    private static final long ASYMMETRIC_HELD = ASYMMETRIC_FREE | 1;

    private static final WaitPolicy POLICY = new WaitPolicy(16, 2, 5_000, false);

    /** A region in a temporary file. */
    @State(Scope.Thread)
    public static class Mapped {

        private static final Path SHM = Path.of("/dev/shm");
        private static final int CELL = 128;
        private static final int MUTEX = 256;

        private Path path;
        LockRegion region;
        AtomicBuffer data;
        int cell = CELL;

        @Setup(Level.Trial)
        public void open() throws IOException {
            Path directory = Files.isWritable(SHM)
                    ? Files.createTempDirectory(SHM, "pvlock-bench")
                    : Files.createTempDirectory("pvlock-bench");
            path = directory.resolve("region");
            region = LockRegion.open(path, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
            data = region.data();
        }

        @TearDown(Level.Trial)
        public void close() throws IOException {
            region.close();
            try (Stream<Path> files = Files.list(path.getParent())) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(path.getParent());
        }
    }

    /** A lock of each kind in it. */
    @State(Scope.Thread)
    public static class Shared {

        @Param({"PV", "NATIVE", "TICKET", "MCS", "TAS"})
        LockKind kind;

        SharedLock lock;
        Vcpu me;

        @Setup(Level.Trial)
        public void open(Mapped mapped) {
            lock = mapped.region.lock("lock", LockOptions.defaults().kind(kind));
            me = mapped.region.attach();
        }
    }

    /** The algorithm without the public API around it. */
    @State(Scope.Thread)
    public static class Algorithm {

        private VcpuRegistry registry;
        PvQSpinLock lock;
        Participant me;
        int cell;

        @Setup(Level.Trial)
        public void open(Mapped mapped) {
            mapped.region.lock("lock");
            RegionFile file = RegionFile.openOrCreate(
                    mapped.path, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
            RegionLayout layout = file.layout();
            LockDirectory directory = new LockDirectory(file.memory(), layout);
            registry = new VcpuRegistry(
                    file.memory(), file.mapping().address(), layout, NativeFile.open(file.path()), directory);
            PvLockHash hash = new PvLockHash(
                    file.memory(), layout.hashOffset(), layout.hashCapacity(), registry.vcpus(), registry.liveness());
            lock = new PvQSpinLock(registry.vcpus(), hash, registry.parker(), registry.liveness());
            cell = directory.find("lock").cell();
            me = registry.attach(true);
        }

        @TearDown(Level.Trial)
        public void close() {
            registry.detach(me);
            registry.close();
        }
    }

    /** What else Java has for processes. */
    @State(Scope.Thread)
    public static class Peers {

        TableStoreWriteLock chronicleQueue;
        long mutex;

        @Setup(Level.Trial)
        public void open(Mapped mapped) {
            chronicleQueue = ChronicleContenders.open(mapped.path.getParent());
            mutex = mapped.data.addressOffset() + Mapped.MUTEX;
            RobustMutex.init(mutex);
        }

        @TearDown(Level.Trial)
        public void close() {
            chronicleQueue.close();
            RobustMutex.destroy(mutex);
        }
    }

    /** What a JVM has for itself. */
    @State(Scope.Thread)
    public static class InProcess {
        final ReentrantLock reentrantLock = new ReentrantLock();
        final Object monitor = new Object();
        int guarded;
    }

    @Benchmark
    public boolean floorCasCas(Mapped mapped) {
        return mapped.data.compareAndSetLong(mapped.cell, 0, 1) && mapped.data.compareAndSetLong(mapped.cell, 1, 0);
    }

    @Benchmark
    public boolean floorCasStore(Mapped mapped) {
        boolean taken = mapped.data.compareAndSetLong(mapped.cell, 0, 1);
        mapped.data.putLongRelease(mapped.cell, 0);
        return taken;
    }

    /**
     * What a lock whose unlock is no read-modify-write would cost: the owner stays in the cell as the last one, unlock stores the locked
     * byte and looks whether somebody sleeps, who has made sure by membarrier(2) that this look cannot come first.
     */
    @Benchmark
    public boolean asymmetric(Mapped mapped) {
        long base = mapped.data.addressOffset() + mapped.cell;
        boolean taken = UnsafeApi.compareAndSetLong(null, base, ASYMMETRIC_FREE, ASYMMETRIC_HELD)
                || UnsafeApi.compareAndSetLong(null, base, 0, ASYMMETRIC_HELD);
        if (UnsafeApi.getInt(null, base + Integer.BYTES) != ASYMMETRIC_OWNER) {
            return false;
        }
        UnsafeApi.putByteRelease(null, base, (byte) 0);
        return taken && UnsafeApi.getByteOpaque(null, base + 1) == 0;
    }

    @Benchmark
    public void explicit(Shared shared) {
        shared.lock.lock(shared.me);
        shared.lock.unlock(shared.me);
    }

    @Benchmark
    public void lookedUp(Shared shared) {
        shared.lock.lock();
        shared.lock.unlock();
    }

    @Benchmark
    public void algorithm(Algorithm algorithm) {
        algorithm.lock.lock(algorithm.cell, algorithm.me, POLICY, Participant.NO_DEADLINE, false);
        algorithm.lock.unlock(algorithm.cell, algorithm.me);
    }

    @Benchmark
    public void chronicleQueue(Peers peers) {
        peers.chronicleQueue.lock();
        peers.chronicleQueue.unlock();
    }

    @Benchmark
    public int robustMutexByJna(Peers peers) {
        return RobustMutex.lock(peers.mutex) | RobustMutex.unlock(peers.mutex);
    }

    @Benchmark
    public void reentrantLock(InProcess inProcess) {
        inProcess.reentrantLock.lock();
        inProcess.reentrantLock.unlock();
    }

    @Benchmark
    public void synchronizedBlock(InProcess inProcess) {
        synchronized (inProcess.monitor) {
            inProcess.guarded++;
        }
    }
}
