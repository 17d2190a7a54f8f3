package io.pvlock.tools.web;

import com.sun.net.httpserver.HttpExchange;
import io.pvlock.tools.http.Access;
import io.pvlock.tools.http.Answers;
import io.pvlock.tools.http.LocalServer;
import io.pvlock.tools.http.Page;
import io.pvlock.tools.watch.RegionWatch;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The page of a region, and what feeds it. */
public final class WebServer implements AutoCloseable {

    private static final int SPARE_THREADS = 8;
    private static final String LOCK_PARAMETER = "lock=";

    private final Sampler sampler;
    private final LocalServer server;
    private final ScheduledExecutorService clock;

    /**
     * How it goes.
     *
     * @param intervalMs between two samples
     * @param maxPages that may be open at once
     * @param stallMs for how long one may not read before it loses its place
     */
    public record Pace(long intervalMs, int maxPages, long stallMs) {

        /** Fit for people: whatever happens is on the page within a second. */
        public static final Pace DEFAULT = new Pace(500, 16, 30_000);
    }

    /**
     * Answers from now on, until it is closed.
     *
     * @param watch stays the caller's
     * @throws IOException if the address and the port cannot be had
     */
    public WebServer(RegionWatch watch, Access access, Pace pace) throws IOException {
        this.sampler = new Sampler(watch);
        Streams streams = new Streams(sampler, pace.maxPages(), pace.stallMs());
        sampler.sample();
        this.server = new LocalServer(access, pages(streams), pace.maxPages() + SPARE_THREADS);
        this.clock = Executors.newSingleThreadScheduledExecutor(WebServer::daemon);
        clock.scheduleWithFixedDelay(sampler::sample, pace.intervalMs(), pace.intervalMs(), TimeUnit.MILLISECONDS);
        clock.scheduleWithFixedDelay(
                streams::dropWhoDoesNotRead, pace.intervalMs(), pace.intervalMs(), TimeUnit.MILLISECONDS);
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "pvlock-web");
        thread.setDaemon(true);
        return thread;
    }

    private Map<String, Page> pages(Streams streams) {
        Map<String, Page> pages = new LinkedHashMap<>(WebFiles.pages());
        pages.put("/live", streams);
        pages.put("/history", this::history);
        return pages;
    }

    private void history(HttpExchange exchange) throws IOException {
        byte[] json = sampler.history(lock(exchange.getRequestURI())).getBytes(StandardCharsets.UTF_8);
        Answers.bytes(exchange, 200, "application/json", json);
    }

    private static String lock(URI uri) {
        String query = uri.getRawQuery();
        return query == null || !query.startsWith(LOCK_PARAMETER)
                ? null
                : URLDecoder.decode(query.substring(LOCK_PARAMETER.length()), StandardCharsets.UTF_8);
    }

    public URI uri() {
        return server.uri();
    }

    @Override
    public void close() {
        clock.shutdownNow();
        server.close();
    }
}
