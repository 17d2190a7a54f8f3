package io.pvlock.tests.objects;

import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.RegionOptions;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedRecord;
import io.pvlock.SharedSequenceLock;
import io.pvlock.WriteGuard;
import io.pvlock.core.KillPoint;
import io.pvlock.kit.ChildJvm;
import io.pvlock.linux.Processes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.Lock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What runs in a child JVM: reads and writes {@link TwoWords} under a read-write lock, a sequence lock or in a record, as it is told
 * line by line. At the kill point that it was started with it kills itself. Ends, abruptly, when its standard input does.
 */
public final class ReadingWriter {

    static final String READ_WRITE_LOCK = "rw";
    static final String SEQUENCE_LOCK = "seq";
    static final String RECORD = "record";
    static final int RECORD_LENGTH = 256;

    private static final int MIN_ROUNDS = 50;
    private static final int SIGKILL = 9;

    private final LockRegion region;
    private final SharedReadWriteLock readWriteLock;
    private final TwoWords words;
    private Runnable release;

    private ReadingWriter(LockRegion region) {
        this.region = region;
        this.readWriteLock = region.readWriteLock(READ_WRITE_LOCK);
        this.words = new TwoWords(region.data());
    }

    /** Starts one and waits until it has opened the region at {@code path}. */
    static ChildJvm start(Path path, String killPoint) throws InterruptedException {
        ChildJvm child = ChildJvm.start(
                List.of("env", "JAVA_TOOL_OPTIONS=-Dpvlock.killpoints"),
                ReadingWriter.class,
                path.toString(),
                killPoint);
        child.expect("ready");
        return child;
    }

    /** @param args path of the region; name of the kill point, or anything else for none */
    public static void main(String[] args) throws IOException {
        RegionOptions options =
                RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN).createIfMissing(false);
        ReadingWriter child = new ReadingWriter(LockRegion.open(Path.of(args[0]), options));
        KillPoint.handler((point, participant) -> {
            if (point.name().equals(args[1])) {
                Processes.kill((int) ProcessHandle.current().pid(), SIGKILL);
            }
        });
        answer("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                child.execute(line.split(" "));
            } catch (RuntimeException | Error e) {
                e.printStackTrace(System.out);
                answer("failed " + e);
            }
        }
        Runtime.getRuntime().halt(1);
    }

    private static synchronized void answer(String line) {
        System.out.println(ChildJvm.MARK + line);
        System.out.flush();
    }

    private void execute(String[] line) {
        switch (line[0]) {
            case "read" -> hold(readWriteLock.readLock());
            case "update" -> hold(readWriteLock.updateLock());
            case "write" -> hold(readWriteLock.writeLock());
            case "sequence", "single", "given" -> hold(sequenceLock(region, line[0]));
            case "record", "single-record" -> record(region, line[0]).write(TwoWords::tear);
            case "tear" -> words.tear();
            case "release" -> release.run();
            case "mix" -> mix(line[1], new Random(Long.parseLong(line[2])), Long.parseLong(line[3]));
            default -> throw new IllegalArgumentException(line[0]);
        }
        answer("done");
    }

    /** @param form sequence, given or single: with a lock of its own, with another, with none */
    static SharedSequenceLock sequenceLock(LockRegion region, String form) {
        return switch (form) {
            case "sequence" -> region.sequenceLock(SEQUENCE_LOCK);
            case "given" -> region.sequenceLock("given", region.lock("writers"));
            case "single" -> region.singleWriterSequenceLock("single");
            default -> throw new IllegalArgumentException(form);
        };
    }

    /** @param form record for many writers, single-record for one */
    static SharedRecord record(LockRegion region, String form) {
        return form.equals("record")
                ? region.record(RECORD, RECORD_LENGTH)
                : region.singleWriterRecord(form, RECORD_LENGTH);
    }

    private void hold(Lock lock) {
        lock.lock();
        release = lock::unlock;
    }

    private void hold(SharedSequenceLock lock) {
        lock.writeBegin();
        release = lock::writeEnd;
    }

    // ---- many

    private void mix(String what, Random random, long millis) {
        long end = System.nanoTime() + millis * 1_000_000;
        SharedSequenceLock sequenceLock = region.sequenceLock(SEQUENCE_LOCK);
        SharedRecord record = region.record(RECORD, RECORD_LENGTH);
        UnsafeBuffer copy = new UnsafeBuffer(new byte[RECORD_LENGTH]);
        // For so long, and so often that there is a write among them.
        for (int round = 0; System.nanoTime() - end < 0 || round < MIN_ROUNDS; round++) {
            switch (what) {
                case READ_WRITE_LOCK -> underReadWriteLock(random.nextInt(10));
                case SEQUENCE_LOCK -> underSequenceLock(sequenceLock, random.nextInt(10));
                default -> inRecord(record, copy, random.nextInt(10));
            }
        }
    }

    private void underReadWriteLock(int choice) {
        if (choice < 2) {
            write(readWriteLock.acquireWrite());
        } else if (choice < 4) {
            unlessDied(this::upgrade);
        } else if (choice < 8) {
            unlessDied(() -> {
                readWriteLock.readLock().lock();
                words.check();
                readWriteLock.readLock().unlock();
            });
        } else {
            long stamp = readWriteLock.tryOptimisticRead();
            if (words.isTorn() && readWriteLock.validate(stamp)) {
                words.violation();
            }
        }
    }

    private void upgrade() {
        readWriteLock.updateLock().lock();
        words.check();
        readWriteLock.writeLock().lock();
        words.check();
        words.enter();
        readWriteLock.writeLock().unlock();
        words.check();
        readWriteLock.updateLock().unlock();
    }

    private void underSequenceLock(SharedSequenceLock lock, int choice) {
        if (choice < 3) {
            write(lock.acquireWrite());
        } else {
            unlessDied(() -> {
                long begin = lock.readBegin();
                if (words.isTorn() && !lock.readRetry(begin)) {
                    words.violation();
                }
            });
        }
    }

    private void inRecord(SharedRecord record, UnsafeBuffer copy, int choice) {
        if (choice < 3) {
            record.write(buffer -> {
                TwoWords inside = new TwoWords(buffer);
                if (inside.isTorn()) {
                    words.violation();
                }
                inside.enter();
            });
        } else {
            record.read(copy);
            if (new TwoWords(copy).isTorn()) {
                words.violation();
            }
        }
    }

    private void write(WriteGuard guard) {
        if (guard.ownerDied()) {
            words.repair();
            guard.markConsistent();
        }
        words.check();
        words.enter();
        guard.close();
    }

    // Told of a death that nobody has repaired yet: a writer will.
    private static void unlessDied(Runnable action) {
        try {
            action.run();
        } catch (OwnerDiedException e) {
            Thread.onSpinWait();
        }
    }
}
