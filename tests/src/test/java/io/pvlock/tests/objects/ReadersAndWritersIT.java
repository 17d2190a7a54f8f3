package io.pvlock.tests.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedRecord;
import io.pvlock.SharedSequenceLock;
import io.pvlock.WriteGuard;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Seeds;
import io.pvlock.tests.process.WithProcesses;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Read-write lock, sequence lock and record: processes are killed reading, writing and waiting; the others go on. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class ReadersAndWritersIT extends WithProcesses {

    private static final int SIGKILLED = 137;
    private static final String NO_POINT = "-";
    private static final int PROCESSES = 4;
    private static final int VICTIMS = 2;
    private static final int MILLIS = Integer.getInteger("pvlock.test.millis", 500);

    private LockRegion opened;
    private SharedReadWriteLock lock;
    private TwoWords words;

    @BeforeEach
    void open() {
        opened = region.region();
        lock = opened.readWriteLock(ReadingWriter.READ_WRITE_LOCK);
        words = new TwoWords(opened.data());
    }

    private ChildJvm child(String killPoint) throws InterruptedException {
        ChildJvm child = ReadingWriter.start(region.path(), killPoint);
        children.add(child);
        return child;
    }

    private static void awaitKilled(ChildJvm child) throws InterruptedException {
        assertThat(child.awaitExit()).as(child.log()).isEqualTo(SIGKILLED);
    }

    private static void takeAndGiveBack(Lock view) {
        view.lock();
        view.unlock();
    }

    // ---- read-write lock

    @ParameterizedTest
    @CsvSource({
        "WORD_SET,read",
        "READER_COUNTED,read",
        "WRITER_WAITING,write",
        "WORD_SEEN,write",
        "LINE_UNMARKED,write",
        "WRITER_RELEASED,write",
        "WRITER_RELEASED,update"
    })
    void whoIsKilledWithoutWritingIsNotMissed(String point, String what) throws InterruptedException {
        takeAndGiveBack(lock.readLock()); // marks a line, which the first writer looks at
        ChildJvm victim = child(point);
        victim.send(what);
        if (point.equals("WRITER_RELEASED")) {
            victim.expect("done");
            victim.send("release");
        }
        awaitKilled(victim);
        takeAndGiveBack(lock.readLock());
        takeAndGiveBack(lock.updateLock());
        takeAndGiveBack(lock.writeLock());
        assertThat(lock.readers()).isZero();
        region.assertNobodyAliveHoldsOrWaits();
    }

    @Test
    void aKilledReaderLetsTheSleepingWriterIn() throws InterruptedException {
        ChildJvm reader = child(NO_POINT);
        reader.ask("read", "done");
        ChildJvm writer = child(NO_POINT);
        writer.send("write");
        Await.until("the writer waits", () -> lock.getQueueLength() == 1);
        reader.kill();
        writer.expect("done");
        writer.ask("release", "done");
        takeAndGiveBack(lock.readLock());
    }

    @Test
    void aWriterKilledWaitingLetsReadersIn() throws InterruptedException {
        lock.readLock().lock();
        ChildJvm writer = child(NO_POINT);
        writer.send("write");
        Await.until("the writer waits", () -> lock.getQueueLength() == 1);
        ChildJvm reader = child(NO_POINT);
        reader.send("read");
        Await.until("the reader queues", () -> lock.getQueueLength() == 2);
        writer.kill();
        reader.expect("done");
        reader.ask("release", "done");
        lock.readLock().unlock();
        takeAndGiveBack(lock.writeLock());
    }

    @ParameterizedTest
    @ValueSource(strings = {"WRITER_LOCKED", NO_POINT})
    void aWriterKilledWritingIsTold(String point) throws InterruptedException {
        ChildJvm victim = child(point);
        victim.send("write");
        if (point.equals(NO_POINT)) {
            victim.expect("done");
            victim.ask("tear", "done");
            ChildJvm waiter = child(NO_POINT);
            waiter.send("read");
            Await.until("a reader waits", () -> lock.getQueueLength() == 1);
            victim.kill();
            waiter.expect("failed io.pvlock.OwnerDiedException");
        } else {
            awaitKilled(victim);
        }
        assertThatThrownBy(lock.readLock()::lock).isInstanceOf(OwnerDiedException.class);
        assertThat(lock.tryOptimisticRead()).isZero();
        try (WriteGuard guard = lock.acquireWrite()) {
            assertThat(guard.ownerDied()).isTrue();
            assertThat(guard.deadOwner().orElseThrow().pid()).isEqualTo(victim.pid());
            words.repair();
            guard.markConsistent();
        }
        takeAndGiveBack(lock.readLock());
    }

    // ---- sequence lock

    @ParameterizedTest
    @CsvSource({
        "sequence,SEQUENCE_ODD,true",
        "given,SEQUENCE_ODD,true",
        "single,SEQUENCE_ODD,true",
        "sequence,SEQUENCE_EVEN,false",
        "single,SEQUENCE_EVEN,false"
    })
    void aWriterOfASequenceKilledIsToldIfItMayHaveWritten(String what, String point, boolean told)
            throws InterruptedException {
        SharedSequenceLock sequence = ReadingWriter.sequenceLock(opened, what);
        long begin = sequence.readBegin();
        ChildJvm victim = child(point);
        victim.send(what);
        if (!told) {
            victim.expect("done");
            victim.send("release");
        }
        awaitKilled(victim);
        assertThat(sequence.readRetry(begin)).isTrue();
        if (told) {
            assertThatThrownBy(sequence::readBegin).isInstanceOf(OwnerDiedException.class);
            assertThatThrownBy(sequence::writeBegin).isInstanceOf(OwnerDiedException.class);
        }
        try (WriteGuard guard = sequence.acquireWrite()) {
            assertThat(guard.ownerDied()).isEqualTo(told);
            assertThat(guard.deadOwner().map(LockGuard.DeadOwner::pid))
                    .isEqualTo(told ? Optional.of(victim.pid()) : Optional.empty());
            guard.markConsistent();
        }
        assertThat(sequence.readRetry(begin)).isTrue();
        assertThat(sequence.readRetry(sequence.readBegin())).isFalse();
    }

    // ---- record

    @ParameterizedTest
    @CsvSource({
        "record,COPY_BEGUN,0",
        "record,COPY_WRITTEN,0",
        "record,COPY_PUBLISHED,1",
        "single-record,COPY_WRITTEN,0",
        "single-record,COPY_PUBLISHED,1"
    })
    void aKilledWriterOfARecordLeavesAWholeOne(String what, String point, long published) throws InterruptedException {
        SharedRecord record = ReadingWriter.record(opened, what);
        UnsafeBuffer copy = new UnsafeBuffer(new byte[ReadingWriter.RECORD_LENGTH]);
        ChildJvm victim = child(point);
        victim.send(what);
        awaitKilled(victim);
        assertThat(record.read(copy)).isEqualTo(published);
        assertThat(copy.getLong(0)).isEqualTo(published);
        record.write(buffer -> {
            assertThat(buffer.getLong(0)).isEqualTo(published);
            buffer.putLong(0, 10);
        });
        assertThat(record.read(copy)).isEqualTo(published + 1);
        assertThat(copy.getLong(0)).isEqualTo(10);
    }

    @Test
    void anObjectWhoseMakerIsKilledIsMadeByAnother() throws InterruptedException {
        ChildJvm victim = child("EXTENT_FILLED");
        victim.send("record");
        awaitKilled(victim);
        SharedRecord record = opened.record(ReadingWriter.RECORD, ReadingWriter.RECORD_LENGTH);
        record.write(buffer -> buffer.putLong(0, 1));
        assertThat(record.version()).isEqualTo(1);
        assertThat(opened.record(ReadingWriter.RECORD, ReadingWriter.RECORD_LENGTH)
                        .version())
                .isEqualTo(1);
    }

    // ---- all

    @ParameterizedTest
    @ValueSource(strings = {ReadingWriter.READ_WRITE_LOCK, ReadingWriter.SEQUENCE_LOCK, ReadingWriter.RECORD})
    void survivorsGoOnAndNobodyTakesTornDataForWhole(String what) throws InterruptedException {
        Random random = new Random(Seeds.of("ReadersAndWritersIT", 1));
        for (int i = 0; i < PROCESSES; i++) {
            child(NO_POINT).send("mix " + what + " " + random.nextLong() + " " + MILLIS);
        }
        for (ChildJvm victim : children.subList(0, VICTIMS)) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(MILLIS / VICTIMS)));
            victim.kill();
        }
        for (ChildJvm survivor : children.subList(VICTIMS, PROCESSES)) {
            survivor.expect("done");
        }
        assertThat(words.violations()).as("torn data taken for whole").isZero();
        long entries = entries(what);
        System.out.println("readers and writers of " + what + ": writes=" + entries);
        assertThat(entries).isPositive();
        assertThat(lock.readers()).isZero();
        region.assertNobodyAliveHoldsOrWaits();
    }

    private long entries(String what) {
        if (what.equals(ReadingWriter.RECORD)) {
            return opened.record(ReadingWriter.RECORD, ReadingWriter.RECORD_LENGTH)
                    .version();
        }
        try (WriteGuard guard = what.equals(ReadingWriter.SEQUENCE_LOCK)
                ? opened.sequenceLock(ReadingWriter.SEQUENCE_LOCK).acquireWrite()
                : lock.acquireWrite()) {
            if (guard.ownerDied()) {
                words.repair();
                guard.markConsistent();
            }
            words.check();
            return words.entries();
        }
    }
}
