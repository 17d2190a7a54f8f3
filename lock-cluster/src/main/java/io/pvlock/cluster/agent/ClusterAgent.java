package io.pvlock.cluster.agent;

import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.cluster.engine.ClusterEngine;
import io.pvlock.cluster.lease.Bells;
import io.pvlock.cluster.lease.HostWords;
import io.pvlock.cluster.lease.HostWords.Status;
import io.pvlock.cluster.lease.LeaseClock;
import io.pvlock.linux.FutexWaiter;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The thread of a process that is the agent of its host, or stands by to be: whoever has pvlock's own lock {@value #LOCK} is. So the death
 * of an agent is proved before the next begins, and goes on with its session.
 */
public final class ClusterAgent implements AutoCloseable {

    public static final String LOCK = "pvlock/cluster/agent";

    private static final LockOptions TAKEN_OVER = LockOptions.defaults()
            .onOwnerDeath(LockOptions.OnOwnerDeath.CONTINUE)
            .onDeadlock(LockOptions.OnDeadlock.IGNORE);

    private static final long SLEEP_NS = 200_000_000L;

    private final AgentSettings settings;
    private final HostWords host;
    private final Function<String, LocalLock> locks;
    private final Bells bells;
    private final SessionStore store;
    private final Function<Executor, ClusterEngine.Factory> engines;
    private final SharedLock lock;
    private final Thread thread;
    private final Runnable standBy;
    private final Queue<Runnable> mail = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    /**
     * @param engines makes a factory of engines that speak to the given mailbox
     * @param standBy what can be done before this process is the agent, so that it need not be done then
     */
    public ClusterAgent(
            LockRegion region,
            AgentSettings settings,
            HostWords host,
            Function<String, LocalLock> locks,
            Bells bells,
            SessionStore store,
            Function<Executor, ClusterEngine.Factory> engines,
            Runnable standBy) {
        this.settings = settings;
        this.host = host;
        this.locks = locks;
        this.bells = bells;
        this.store = store;
        this.engines = engines;
        this.standBy = standBy;
        this.lock = region.lock(LOCK, TAKEN_OVER);
        this.thread = new Thread(this::run, "pvlock-cluster-agent");
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!closed) {
                if (!lock.tryLock()) {
                    standBy.run();
                    lock.lockInterruptibly();
                }
                try {
                    serve();
                } finally {
                    lock.unlock();
                }
            }
        } catch (InterruptedException e) {
            // It was closed while it stood by.
        }
    }

    private void serve() {
        mail.clear();
        host.agentPid(ProcessHandle.current().pid());
        AgentCore core = new AgentCore(
                settings,
                new AgentCore.Surroundings(
                        host,
                        locks,
                        bells,
                        LeaseClock.SYSTEM,
                        System::currentTimeMillis,
                        engines.apply(this::post),
                        store::write));
        boolean orderly = false;
        try {
            core.start(store.read());
            FutexWaiter waiter = new FutexWaiter();
            while (!closed) {
                int bell = host.bell(); // P41: before the looks, so that what changes after them does not let us sleep
                for (Runnable letter = mail.poll(); letter != null; letter = mail.poll()) {
                    letter.run();
                }
                core.step();
                sleep(waiter, bell, core.dueNs() - LeaseClock.SYSTEM.nowNs());
            }
            orderly = true;
        } catch (RuntimeException | Error e) {
            host.status(Status.REFUSED, "the agent has failed: " + e);
            throw e;
        } finally {
            end(core, orderly);
        }
    }

    private void sleep(FutexWaiter waiter, int bell, long forNs) {
        if (forNs > 0 && mail.isEmpty()) {
            waiter.await(host.bellAddress(), bell, System.nanoTime() + Math.min(forNs, SLEEP_NS));
        }
    }

    // Where another process stands by, it goes on with the session.
    private void end(AgentCore core, boolean orderly) {
        host.agentPid(0);
        if (orderly) {
            host.status(Status.UNKNOWN, "no process speaks with the cluster");
        }
        if (orderly && lock.hasQueuedThreads()) {
            core.leave();
        } else {
            core.close();
            store.delete();
        }
    }

    private void post(Runnable letter) {
        mail.add(letter);
        bells.ringAgent();
    }

    /** Ends the thread: the agent hands over, or gives all up if nobody stands by. */
    @Override
    public void close() {
        closed = true;
        bells.ringAgent();
        thread.interrupt();
        boolean interrupted = false;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The ticket is a secret: not in here. */
    @Override
    public String toString() {
        return "ClusterAgent[" + host.hostName() + "]";
    }
}
