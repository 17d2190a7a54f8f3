package io.pvlock.tools.bench;

import io.pvlock.linux.RobustMutex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** The floors, and what a Java program has without a library for it. */
public final class JavaContenders implements ContenderProvider {

    static final String NONE = "java-none";
    static final String CAS_CAS = "java-cas-cas";
    private static final String CAS_STORE = "java-cas-store";
    private static final String CAS_YIELD = "cas-yield";
    private static final String PTHREAD = "jna-robust";
    private static final String FILE_LOCK = "file-lock";

    private FileChannel lockFile;

    @Override
    public String family() {
        return "java";
    }

    @Override
    public List<String> names() {
        return List.of(NONE, CAS_CAS, CAS_STORE, CAS_YIELD, PTHREAD, FILE_LOCK);
    }

    @Override
    public Contender open(String name, Place place) throws IOException {
        UnsafeBuffer memory = place.board().memory();
        int at = place.board().lockOffset();
        return switch (name) {
            case NONE -> new None();
            case CAS_CAS -> new CasCas(memory, at);
            case CAS_STORE -> new CasStore(memory, at);
            case CAS_YIELD -> new CasYield(memory, at);
            case PTHREAD -> pthread(memory.addressOffset() + at, place.isFirst());
            case FILE_LOCK -> new File(lockFile(place.directory()));
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** One for the process: to close any other would release what this one has locked. */
    private FileChannel lockFile(Path directory) throws IOException {
        if (lockFile == null) {
            lockFile = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        }
        return lockFile;
    }

    private static Contender pthread(long address, boolean first) {
        if (first) {
            RobustMutex.init(address);
        }
        return new Pthread(address);
    }

    private record None() implements Contender {
        @Override
        public void lock() {}

        @Override
        public void unlock() {}
    }

    private record CasCas(UnsafeBuffer memory, int at) implements Contender {
        @Override
        public void lock() {
            // B4 acquire: what the former owner did; pairs with B4 release in unlock.
            while (!memory.compareAndSetLong(at, 0, 1)) {
                Thread.onSpinWait();
            }
        }

        @Override
        public void unlock() {
            // B4 release: what the owner did; pairs with B4 acquire in lock.
            memory.compareAndSetLong(at, 1, 0);
        }
    }

    private record CasStore(UnsafeBuffer memory, int at) implements Contender {
        @Override
        public void lock() {
            // B5 acquire: what the former owner did; pairs with B5 release in unlock.
            while (!memory.compareAndSetLong(at, 0, 1)) {
                Thread.onSpinWait();
            }
        }

        @Override
        public void unlock() {
            // B5 release: what the owner did; pairs with B5 acquire in lock.
            memory.putLongRelease(at, 0);
        }
    }

    private record CasYield(UnsafeBuffer memory, int at) implements Contender {
        @Override
        public void lock() {
            // B6 acquire: what the former owner did; pairs with B6 release in unlock.
            while (!memory.compareAndSetLong(at, 0, 1)) {
                Thread.yield();
            }
        }

        @Override
        public void unlock() {
            // B6 release: what the owner did; pairs with B6 acquire in lock.
            memory.putLongRelease(at, 0);
        }
    }

    /** A robust, process-shared pthread mutex through JNA, or java.lang.foreign where Java has it. */
    private record Pthread(long address) implements Contender {
        @Override
        public void lock() {
            check(RobustMutex.lock(address));
        }

        @Override
        public void unlock() {
            check(RobustMutex.unlock(address));
        }

        private static void check(int errno) {
            if (errno != 0) {
                throw new IllegalStateException("the mutex of the bench: errno " + errno);
            }
        }
    }

    private static final class File implements Contender {
        private final FileChannel channel;
        private FileLock held;

        File(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void lock() {
            try {
                held = channel.lock();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void unlock() {
            try {
                held.release();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
