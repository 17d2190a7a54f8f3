package io.pvlock.internal.event;

import io.pvlock.RegionEvent;
import io.pvlock.Subscription;
import io.pvlock.internal.Warnings;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * Tells one listener of the events of all processes: a thread looks at the ring a few times a second. Nobody tells it, since an event must
 * cost whoever reports it as little as possible.
 */
public final class EventSubscription implements Subscription {

    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    private final LongFunction<List<RegionEvent>> after;
    private final Consumer<? super RegionEvent> listener;
    private final Warnings failures = new Warnings();
    private final Thread thread;
    private long seen;

    /** Before which event one was missing at the last look: it may have been on its way, or be lost with its writer. */
    private long gapBefore;

    /** Guarded by this. */
    private boolean closed;

    /**
     * @param of what the events are of, for people
     * @param after the events after a sequence; throws if there will be none any more
     * @param seen sequence of the last event that is not told
     */
    public EventSubscription(
            String of, LongFunction<List<RegionEvent>> after, long seen, Consumer<? super RegionEvent> listener) {
        this.after = after;
        this.listener = listener;
        this.seen = seen;
        this.thread = new Thread(null, this::run, "pvlock-subscription of " + of, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(EventSubscription.class.getClassLoader());
    }

    public EventSubscription start() {
        thread.start();
        return this;
    }

    private void run() {
        while (pause()) {
            List<RegionEvent> events;
            try {
                events = after.apply(seen);
            } catch (RuntimeException e) {
                return; // the region is closed
            }
            for (RegionEvent event : events) {
                if (isClosed()) {
                    return;
                }
                if (event.sequence() != seen + 1 && event.sequence() != gapBefore) {
                    gapBefore = event.sequence();
                    break;
                }
                seen = event.sequence();
                failures.guard("listener failed on " + event, () -> listener.accept(event));
            }
        }
    }

    // False if it is closed. Whoever interrupts this thread, such as a listener, does not end it.
    private synchronized boolean pause() {
        if (!closed) {
            try {
                wait(LOOK_EVERY.toMillis());
            } catch (InterruptedException e) {
                Thread.interrupted();
            }
        }
        return !closed;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
