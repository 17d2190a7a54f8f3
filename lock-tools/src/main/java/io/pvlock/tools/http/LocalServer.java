package io.pvlock.tools.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Answers {@code GET} for a few paths, to whom {@link Access} allows, by a bounded number of threads. It takes nothing in: a request has
 * no effect. Each answer forbids a browser whatever is not from here, and to show it within a page of others.
 */
public final class LocalServer implements AutoCloseable {

    private static final int BACKLOG = 16;
    private static final int MISDIRECTED_REQUEST = 421;

    /** No script and no style but those of this server: foreign text that became HTML by mistake could still do nothing. */
    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none'";

    static {
        // The JDK's server reads these once. Who sends his request a byte a minute shall not have a thread for ever.
        setDefault("sun.net.httpserver.maxReqTime", "10");
        setDefault("sun.net.httpserver.idleInterval", "30");
        setDefault("jdk.httpserver.maxConnections", "64");
    }

    private final HttpServer server;
    private final Access access;
    private final Map<String, Page> pages;
    private final ThreadPoolExecutor threads;

    /**
     * Listens and answers from now on.
     *
     * @param pages by path
     * @param maxThreads how many requests are answered at once; others wait
     * @throws IOException if the address and the port cannot be had
     */
    public LocalServer(Access access, Map<String, Page> pages, int maxThreads) throws IOException {
        this.access = access;
        this.pages = Map.copyOf(pages);
        this.server = HttpServer.create(new InetSocketAddress(access.address(), access.port()), BACKLOG);
        this.threads = new ThreadPoolExecutor(
                maxThreads, maxThreads, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), LocalServer::daemon);
        threads.allowCoreThreadTimeOut(true);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "pvlock-http");
        thread.setDaemon(true);
        return thread;
    }

    /** Where it is, for people and browsers. */
    public URI uri() {
        InetSocketAddress bound = server.getAddress();
        String host = bound.getAddress().getHostAddress();
        return URI.create("http://" + (bound.getAddress() instanceof Inet6Address ? "[" + host + "]" : host) + ":"
                + bound.getPort() + "/");
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Headers headers = exchange.getResponseHeaders();
            headers.set("Content-Security-Policy", CONTENT_SECURITY_POLICY);
            headers.set("X-Content-Type-Options", "nosniff");
            headers.set("Referrer-Policy", "no-referrer");
            headers.set("Cross-Origin-Resource-Policy", "same-origin");
            headers.set("Cache-Control", "no-store");
            Page page = pages.get(exchange.getRequestURI().getPath());
            if (!access.answersTo(exchange.getRequestHeaders().getFirst("Host"))) {
                Answers.text(
                        exchange,
                        MISDIRECTED_REQUEST,
                        "This server is called by its address or as localhost; --allow-host NAME lets it be called by"
                                + " another name.");
            } else if (!exchange.getRequestMethod().equals("GET")) {
                headers.set("Allow", "GET");
                Answers.text(exchange, 405, "Only GET: nothing can be changed here.");
            } else if (page == null) {
                Answers.text(exchange, 404, "There is no such page.");
            } else {
                page.answer(exchange);
            }
        }
    }

    /** Ends all answers at once. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
