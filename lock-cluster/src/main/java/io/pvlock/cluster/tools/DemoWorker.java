package io.pvlock.cluster.tools;

import io.pvlock.RegionOptions;
import io.pvlock.cluster.ClusterGuard;
import io.pvlock.cluster.ClusterLock;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.cluster.LockLostException;
import io.pvlock.tools.worker.Lifeline;
import io.pvlock.tools.worker.Quiet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A process of the demonstration: increments until it is told to stop, or killed. */
public final class DemoWorker {

    static final String LOCK = "demo";

    private static final int SERIAL_BITS = 23;

    private final DemoBoard board;
    private final int me;
    private long changes;
    private long lastGrant;

    private DemoWorker(DemoBoard board, int me) {
        this.board = board;
        this.me = me;
    }

    /** What it is told on its command line. */
    record Job(
            String connect,
            String namespace,
            Path region,
            String host,
            Path board,
            int workers,
            int me,
            long timeoutMs,
            long tickMs) {

        List<String> toArguments() {
            List<String> arguments = new ArrayList<>();
            for (Object argument :
                    new Object[] {connect, namespace, region, host, board, workers, me, timeoutMs, tickMs}) {
                arguments.add(argument.toString());
            }
            return arguments;
        }

        static Job parse(String[] args) {
            return new Job(
                    args[0],
                    args[1],
                    Path.of(args[2]),
                    args[3],
                    Path.of(args[4]),
                    Integer.parseInt(args[5]),
                    Integer.parseInt(args[6]),
                    Long.parseLong(args[7]),
                    Long.parseLong(args[8]));
        }

        ClusterOptions options() {
            return ClusterOptions.connect(connect)
                    .namespace(namespace)
                    .hostName(host)
                    .sessionTimeout(Duration.ofMillis(timeoutMs))
                    .tickTime(Duration.ofMillis(tickMs))
                    .connectTimeout(Duration.ofSeconds(60))
                    .maxLocks(16)
                    .region(RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
        }
    }

    /** @param args see {@link Job} */
    public static void main(String[] args) {
        Lifeline.attach();
        Quiet.events();
        Job job = Job.parse(args);
        int status = 1;
        try (ClusterRegion region = ClusterRegion.open(job.region(), job.options())) {
            DemoWorker worker = new DemoWorker(new DemoBoard(job.board(), job.workers()), job.me());
            worker.run(region.lock(LOCK));
            status = 0;
        } catch (RuntimeException e) {
            e.printStackTrace();
        }
        System.exit(status);
    }

    private void run(ClusterLock lock) {
        board.ready(me);
        while (!board.isStopped()) {
            try (ClusterGuard guard = lock.acquire()) {
                if (guard.ownerDied()) {
                    repair(guard);
                }
                increment(guard);
            } catch (LockLostException e) {
                // The next owner has been told, and repairs.
                board.countLost(me);
            }
        }
    }

    private void repair(ClusterGuard guard) {
        board.counter(board.done());
        board.countRepair();
        guard.markConsistent();
    }

    // First what is begun, then the counter itself: in between the two do not agree.
    private void increment(ClusterGuard guard) {
        guard.requireValid();
        board.store(guard.fencingToken());
        note(guard.fencingToken() >>> SERIAL_BITS);
        board.done(me, board.done(me) + 1);
        if (board.shallStay(me)) {
            board.inside(me);
            while (true) {
                LockSupport.park();
            }
        }
        board.counter(board.counter() + 1);
    }

    private void note(long grant) {
        if (grant != lastGrant) {
            lastGrant = grant;
            board.changes(me, ++changes);
        }
    }
}
