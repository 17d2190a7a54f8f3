package io.pvlock.kit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Threads of a test. Whatever becomes of the test, they are joined; one that does not end, or that threw unheard, fails it. */
public final class Team implements AutoCloseable {

    private final List<Member<?>> members = new ArrayList<>();
    private final ThreadFactory threads;

    public Team() {
        this(Thread::new);
    }

    public Team(ThreadFactory threads) {
        this.threads = threads;
    }

    /** A thread of the team. */
    public static final class Member<T> {

        private final Thread thread;
        private final FutureTask<T> work;
        private boolean heard;

        private Member(Thread thread, FutureTask<T> work) {
            this.thread = thread;
            this.work = work;
        }

        public Thread thread() {
            return thread;
        }

        public boolean isDone() {
            return work.isDone();
        }

        /** What the thread returned; throws what it threw. Returns after the thread has ended. */
        public T get() throws Exception {
            heard = true;
            try {
                T result = work.get(Await.WATCHDOG.toSeconds(), TimeUnit.SECONDS);
                join();
                return result;
            } catch (ExecutionException e) {
                join();
                if (e.getCause() instanceof Error error) {
                    throw error;
                }
                throw (Exception) e.getCause();
            } catch (TimeoutException e) {
                throw stuck();
            }
        }

        /** What the thread returned; fails if it threw. */
        public T result() {
            try {
                return get();
            } catch (Exception e) {
                throw new AssertionError("thread '" + thread.getName() + "' failed", e);
            }
        }

        /** What the thread threw; fails if it returned. */
        public Throwable failure() throws InterruptedException {
            heard = true;
            try {
                T result = work.get(Await.WATCHDOG.toSeconds(), TimeUnit.SECONDS);
                throw new AssertionError("thread '" + thread.getName() + "' threw nothing, but returned " + result);
            } catch (ExecutionException e) {
                join();
                return e.getCause();
            } catch (TimeoutException e) {
                throw stuck();
            }
        }

        private void join() throws InterruptedException {
            joinUntil(System.nanoTime() + Await.WATCHDOG.toNanos());
        }

        private void joinUntil(long endNs) throws InterruptedException {
            thread.join(Math.max(1, (endNs - System.nanoTime()) / 1_000_000));
            if (thread.isAlive()) {
                throw stuck();
            }
        }

        private void throwUnheard() {
            try {
                if (!heard) {
                    work.get(0, TimeUnit.SECONDS);
                }
            } catch (Exception e) {
                throw new AssertionError("thread '" + thread.getName() + "' failed", e.getCause());
            }
        }

        private AssertionError stuck() {
            AssertionError error = new AssertionError("thread '" + thread.getName() + "' does not end");
            error.setStackTrace(thread.getStackTrace());
            return error;
        }
    }

    /** Starts a thread. */
    public <T> Member<T> start(String name, Callable<T> callable) {
        FutureTask<T> work = new FutureTask<>(callable);
        Thread thread = threads.newThread(work);
        thread.setName(name);
        if (!thread.isDaemon()) {
            thread.setDaemon(true);
        }
        Member<T> member = new Member<>(thread, work);
        members.add(member);
        thread.start();
        return member;
    }

    /** Starts a thread that needs no name. */
    public <T> Member<T> start(Callable<T> callable) {
        return start("team-" + members.size(), callable);
    }

    /** Starts a thread that returns nothing. */
    public Member<Void> run(String name, Action action) {
        return start(name, () -> {
            action.run();
            return null;
        });
    }

    /** What may throw. */
    @FunctionalInterface
    public interface Action {
        void run() throws Exception;
    }

    /** Joins all threads and throws what the first that failed threw. */
    public void join() throws Exception {
        for (Member<?> member : members) {
            member.get();
        }
    }

    @Override
    public void close() {
        long end = System.nanoTime() + Await.WATCHDOG.toNanos();
        for (Member<?> member : members) {
            try {
                member.joinUntil(end);
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted while joining '" + member.thread.getName() + "'", e);
            }
        }
        for (Member<?> member : members) {
            member.throwUnheard();
        }
    }
}
