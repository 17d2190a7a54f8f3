import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedSequenceLock;
import java.nio.file.Path;

/** Goes through the ordered pairs often enough for the compiler to compile them, which then prints what it made of them. */
public final class OrderedPairs {

    private static final int ROUNDS = 20_000;

    private OrderedPairs() {}

    public static void main(String[] args) throws InterruptedException {
        try (LockRegion region = LockRegion.open(Path.of(args[0]))) {
            SharedReadWriteLock readWrite = region.readWriteLock("read-write");
            SharedSequenceLock sequence = region.sequenceLock("sequence");
            SharedLock lock = region.lock("contended");
            Thread other = new Thread(() -> contend(lock));
            other.start();
            long seen = 0;
            for (int i = 0; i < ROUNDS; i++) {
                readWrite.writeLock().lock();
                readWrite.writeLock().unlock();
                long stamp = readWrite.tryOptimisticRead();
                seen += readWrite.validate(stamp) ? 1 : 0;
                readWrite.readLock().lock();
                readWrite.readLock().unlock();
                sequence.writeBegin();
                sequence.writeEnd();
                seen += sequence.readRetry(sequence.readBegin()) ? 0 : 1;
            }
            contend(lock);
            other.join();
            System.out.println(seen + " reads were whole");
        }
    }

    private static void contend(SharedLock lock) {
        for (int i = 0; i < ROUNDS; i++) {
            lock.lock();
            lock.unlock();
        }
    }
}
