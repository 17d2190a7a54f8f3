package com.example.desk;

import io.aeron.Aeron;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.wire.DocumentContext;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * Orders come in by Aeron, pass through a ring buffer, change a position that all processes share, under its lock, and are written
 * to a journal. Arguments: a directory, and how many orders. Prints the position and the length of the journal.
 */
public final class Main {

    private static final int STREAM = 1001;
    private static final int ORDER = 1;
    private static final int RING_BYTES = 1 << 16;
    private static final int TERM_BYTES = 1 << 16;

    private Main() {}

    public static void main(String[] args) {
        Path directory = Path.of(args[0]);
        int orders = Integer.parseInt(args[1]);
        MediaDriver.Context context = new MediaDriver.Context()
                .aeronDirectoryName(directory.resolve("aeron").toString())
                .threadingMode(ThreadingMode.SHARED)
                .ipcTermBufferLength(TERM_BYTES)
                .dirDeleteOnShutdown(true);
        try (LockRegion region = LockRegion.open(directory.resolve("desk.pvl"));
                MediaDriver driver = MediaDriver.launch(context);
                Aeron aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()));
                Subscription in = aeron.addSubscription("aeron:ipc", STREAM);
                Publication out = aeron.addPublication("aeron:ipc", STREAM);
                ChronicleQueue journal = ChronicleQueue.single(directory.resolve("journal").toString())) {
            Desk desk = new Desk(region, journal);
            UnsafeBuffer order = new UnsafeBuffer(ByteBuffer.allocateDirect(Long.BYTES));
            int sent = 0;
            while (desk.done < orders) {
                if (sent < orders) {
                    order.putLong(0, sent + 1);
                    sent += out.offer(order) > 0 ? 1 : 0;
                }
                in.poll((buffer, offset, length, header) -> desk.take(buffer.getLong(offset)), 10);
                desk.work();
            }
            System.out.println("position " + desk.position() + ", journal " + desk.journalLength());
        }
    }

    private static final class Desk {

        private final OneToOneRingBuffer ring = new OneToOneRingBuffer(
                new UnsafeBuffer(ByteBuffer.allocateDirect(RING_BYTES + RingBufferDescriptor.TRAILER_LENGTH)));
        private final UnsafeBuffer message = new UnsafeBuffer(ByteBuffer.allocateDirect(Long.BYTES));
        private final SharedLock lock;
        private final AtomicBuffer data;
        private final ExcerptAppender appender;
        private final ExcerptTailer tailer;
        private int done;

        Desk(LockRegion region, ChronicleQueue journal) {
            lock = region.lock("position EURUSD");
            data = region.data();
            appender = journal.createAppender();
            tailer = journal.createTailer();
        }

        void take(long quantity) {
            message.putLong(0, quantity);
            if (!ring.write(ORDER, message, 0, Long.BYTES)) {
                throw new IllegalStateException("the ring is full");
            }
        }

        void work() {
            done += ring.read((type, buffer, index, length) -> book(buffer.getLong(index)));
        }

        private void book(long quantity) {
            try (LockGuard guard = lock.acquire()) {
                if (guard.ownerDied()) {
                    guard.markConsistent(); // a position is whole or not there: nothing to repair
                }
                data.putLong(0, data.getLong(0) + quantity);
            }
            try (DocumentContext entry = appender.writingDocument()) {
                entry.wire().bytes().writeLong(quantity);
            }
        }

        long position() {
            try (LockGuard guard = lock.acquire()) {
                return data.getLong(0);
            }
        }

        int journalLength() {
            int length = 0;
            while (true) {
                try (DocumentContext entry = tailer.readingDocument()) {
                    if (!entry.isPresent()) {
                        return length;
                    }
                    length++;
                }
            }
        }
    }
}
