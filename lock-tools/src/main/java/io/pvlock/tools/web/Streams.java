package io.pvlock.tools.web;

import com.sun.net.httpserver.HttpExchange;
import io.pvlock.tools.http.Answers;
import io.pvlock.tools.http.Page;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Pages that are open: each gets every sample that it is quick enough for, as server-sent events. There is room for some; who comes
 * later is asked to come again. Who does not read loses his place.
 */
final class Streams implements Page {

    /** A comment in so many milliseconds finds out who has gone. */
    private static final long HEARTBEAT_MS = 15_000;

    private static final Sample NOTHING_YET = new Sample(0, "");

    private final Sampler sampler;
    private final Semaphore places;
    private final long stallNs;

    /** Since when a thread has been writing. */
    private final Map<Thread, Long> writing = new ConcurrentHashMap<>();

    /** @param stallMs for how long a client may not read before it loses its place */
    Streams(Sampler sampler, int places, long stallMs) {
        this.sampler = sampler;
        this.places = new Semaphore(places);
        this.stallNs = TimeUnit.MILLISECONDS.toNanos(stallMs);
    }

    @Override
    public void answer(HttpExchange exchange) throws IOException {
        if (!places.tryAcquire()) {
            exchange.getResponseHeaders().set("Retry-After", "10");
            Answers.text(exchange, 503, "Too many pages of this region are open; close one.");
            return;
        }
        try {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            send(exchange.getResponseBody());
        } catch (InterruptedException e) {
            // By the watchdog, or at the server's end: the exchange is closed.
        } finally {
            places.release();
        }
    }

    private void send(OutputStream body) throws IOException, InterruptedException {
        Sample known = NOTHING_YET;
        while (true) {
            Sample next = sampler.after(known, HEARTBEAT_MS);
            String message = next == known ? ": nothing new\n\n" : "data: " + next.json() + "\n\n";
            writing.put(Thread.currentThread(), System.nanoTime());
            try {
                body.write(message.getBytes(StandardCharsets.UTF_8));
                body.flush();
            } finally {
                writing.remove(Thread.currentThread());
            }
            known = next;
        }
    }

    /** An interrupt closes the channel that its thread writes to; a close from here would wait for that thread. */
    void dropWhoDoesNotRead() {
        long now = System.nanoTime();
        writing.forEach((thread, since) -> {
            if (now - since > stallNs) {
                thread.interrupt();
            }
        });
    }
}
