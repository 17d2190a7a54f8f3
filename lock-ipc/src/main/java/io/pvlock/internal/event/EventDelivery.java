package io.pvlock.internal.event;

import io.pvlock.RegionEvent;
import io.pvlock.internal.Log;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Tells listeners of events, and the log, on a thread of its own. A thread that reports an event stands in the queue of a lock, or holds
 * one, and must not run foreign code. So a listener may take any lock, take as long as it likes, and throw whatever it likes.
 *
 * <p>The thread comes with the first listener, or with the first event that is logged. It ends with {@link #end}, after it has told what was
 * reported before. It is a daemon, and has nothing of the thread that made it. What does not fit into its queue, behind a slow listener, is
 * counted and not told.
 */
public final class EventDelivery {

    /** How many events may wait to be told. */
    public static final int CAPACITY = 1024;

    /** Wakes the thread, to end. */
    private static final Runnable END = () -> {};

    private final String of;
    private final Function<EventLog.Entry, RegionEvent> toEvent;
    private final BlockingQueue<Runnable> tasks = new ArrayBlockingQueue<>(CAPACITY);

    private volatile List<Consumer<? super RegionEvent>> listeners = List.of();
    private volatile boolean started;
    private volatile boolean ended;
    private volatile long lost;

    /**
     * @param of what the events are of, for people
     * @param toEvent runs on the thread that tells them
     */
    EventDelivery(String of, Function<EventLog.Entry, RegionEvent> toEvent) {
        this.of = of;
        this.toEvent = toEvent;
    }

    /** Tells {@code listener} of all events reported from now on. */
    synchronized void listen(Consumer<? super RegionEvent> listener) {
        Objects.requireNonNull(listener, "listener");
        startOnce();
        List<Consumer<? super RegionEvent>> all = new ArrayList<>(listeners);
        all.add(listener);
        listeners = List.copyOf(all);
    }

    private synchronized void startOnce() {
        if (started || ended) {
            return;
        }
        Thread thread = new Thread(null, this::run, "pvlock events of " + of, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(EventDelivery.class.getClassLoader());
        thread.start();
        started = true;
    }

    /** Reports what {@code append} returns: makes it and has it told, in one step, so that all are told in the order of the ring. */
    void report(Supplier<EventLog.Entry> append) {
        if (listeners.isEmpty() || ended) {
            append.get();
        } else {
            reportToListeners(append);
        }
    }

    private synchronized void reportToListeners(Supplier<EventLog.Entry> append) {
        EventLog.Entry entry = append.get();
        List<Consumer<? super RegionEvent>> told = listeners;
        offer(() -> tell(entry, told));
    }

    private synchronized void offer(Runnable task) {
        if (!tasks.offer(task)) {
            lost++;
        }
    }

    /**
     * Runs {@code saying} on the thread that tells: for messages of a thread that stands in a queue. Throws nothing: what cannot be said is
     * left out.
     */
    void say(Runnable saying) {
        try {
            startOnce();
            if (!ended) {
                offer(() -> sayNow(saying));
            }
        } catch (Throwable e) {
            // There is no thread to be had, or no memory. Whoever waits or holds goes on.
        }
    }

    private void sayNow(Runnable saying) {
        try {
            saying.run();
        } catch (Throwable e) {
            Log.warn("a message about " + of + " could not be made", e);
        }
    }

    /** Tells what has been reported, and nothing more. */
    void end() {
        ended = true;
        tasks.offer(END); // if there is no room, the thread does not sleep
    }

    private void run() {
        boolean said = false;
        while (!ended || !tasks.isEmpty()) {
            Runnable task = next();
            if (lost != 0 && !said) {
                said = true;
                Log.warn(lost + " events of " + of
                        + " were not told: a listener is too slow; the ring has them for a while,"
                        + " see LockRegion.events(sequence)");
            }
            task.run();
        }
    }

    // Whoever interrupts this thread, such as a listener, does not end it.
    private Runnable next() {
        for (; ; ) {
            try {
                return tasks.take();
            } catch (InterruptedException e) {
                Thread.interrupted();
            }
        }
    }

    private void tell(EventLog.Entry entry, List<Consumer<? super RegionEvent>> told) {
        for (Consumer<? super RegionEvent> listener : told) {
            try {
                listener.accept(toEvent.apply(entry));
            } catch (Throwable e) {
                Log.warn("listener failed on event " + entry.sequence() + " of " + of, e);
            }
        }
    }
}
