package io.pvlock.tools.torture;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;

/** How long a thread has been ready to run and had to wait for a processor, as the kernel counts it. */
final class RunDelay {

    private final RandomAccessFile schedstat;
    private final byte[] buffer = new byte[128];

    private RunDelay(RandomAccessFile schedstat) {
        this.schedstat = schedstat;
    }

    static RunDelay ofThisThread() {
        try {
            // The link is resolved now: it stays the file of this thread.
            return new RunDelay(new RandomAccessFile("/proc/thread-self/schedstat", "r"));
        } catch (IOException e) {
            return new RunDelay(null);
        }
    }

    /** Nanoseconds, summed; always 0 where the kernel does not count. */
    long totalNs() {
        if (schedstat == null) {
            return 0;
        }
        try {
            schedstat.seek(0);
            int length = schedstat.read(buffer);
            String[] fields = new String(buffer, 0, Math.max(0, length), StandardCharsets.US_ASCII)
                    .trim()
                    .split(" ");
            return fields.length < 2 ? 0 : Long.parseLong(fields[1]);
        } catch (IOException e) {
            return 0;
        }
    }
}
