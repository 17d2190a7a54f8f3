package io.pvlock.cluster.bench;

import io.pvlock.cluster.process.ClusterWorker;
import io.pvlock.kit.ChildJvm;
import io.pvlock.linux.BootClock;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** How long a death keeps others waiting: processes of hosts, killed while they have the lock. */
final class Deaths {

    static final int TIMEOUT_MS = 4_000;

    private static final int ROUNDS = 3;

    /** The last heartbeat was some while ago, not just now. */
    private static final long BEFORE_MS = 1_000;

    private final String connect;
    private final Path directory;
    private int names;

    Deaths(String connect, Path directory) {
        this.connect = connect;
        this.directory = directory;
    }

    private interface Round {
        long ns() throws InterruptedException;
    }

    private static double worstMs(Round round) throws InterruptedException {
        long worst = 0;
        for (int i = 0; i < ROUNDS; i++) {
            worst = Math.max(worst, round.ns());
        }
        return worst / 1e6;
    }

    // ---- ours

    private ChildJvm process(String namespace, String host) throws InterruptedException {
        Path region = directory.resolve(namespace + "-" + host);
        ChildJvm child =
                ChildJvm.start(ClusterWorker.class, connect, namespace, region, host, Servers.TICK_MS, TIMEOUT_MS);
        child.expect("open");
        return child;
    }

    /** From the death of a host until the next one has the lock. */
    double hostMs() throws InterruptedException {
        return worstMs(() -> {
            String namespace = "host" + ++names;
            try (ChildJvm dies = process(namespace, "a");
                    ChildJvm next = process(namespace, "b")) {
                dies.ask("acquire", "acquired");
                next.send("acquire");
                TimeUnit.MILLISECONDS.sleep(BEFORE_MS);
                long killed = BootClock.nowNs();
                dies.kill();
                return Long.parseLong(next.expect("acquired").split(" ")[2]) - killed;
            }
        });
    }

    /** From the death of an agent until the servers have acknowledged a write of the next one; the lease must be the same. */
    double agentMs() throws InterruptedException {
        return worstMs(() -> {
            String namespace = "agent" + ++names;
            try (ChildJvm one = process(namespace, "a");
                    ChildJvm two = process(namespace, "a")) {
                int pid = Integer.parseInt(one.ask("agent", "agent"));
                ChildJvm agent = pid == one.pid() ? one : two;
                ChildJvm holder = agent == one ? two : one;
                holder.ask("acquire", "acquired");
                TimeUnit.MILLISECONDS.sleep(BEFORE_MS);
                long killed = BootClock.nowNs();
                agent.kill();
                // What is left of the lease only grows by an acknowledged write; those of the agent before have been
                // seen.
                long left = left(holder);
                for (long now = left(holder); now <= left; now = left(holder)) {
                    left = now;
                }
                long took = BootClock.nowNs() - killed;
                if (!holder.ask("valid", "valid").equals("true")) {
                    throw new AssertionError("the lease was lost with the agent");
                }
                return took;
            }
        });
    }

    private static long left(ChildJvm child) throws InterruptedException {
        return Long.parseLong(child.ask("left", "left"));
    }

    // ---- Curator's

    double curatorHostMs() throws InterruptedException {
        return worstMs(() -> {
            String path = "/curator" + ++names;
            try (ChildJvm dies = curator(path)) {
                dies.expect("acquired");
                try (ChildJvm next = curator(path)) {
                    TimeUnit.MILLISECONDS.sleep(BEFORE_MS);
                    long killed = BootClock.nowNs();
                    dies.kill();
                    return Long.parseLong(next.expect("acquired")) - killed;
                }
            }
        });
    }

    private ChildJvm curator(String path) throws InterruptedException {
        ChildJvm child = ChildJvm.start(CuratorWorker.class, connect, path, TIMEOUT_MS);
        child.expect("open");
        return child;
    }
}
