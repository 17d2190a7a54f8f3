package io.pvlock.tools.metrics;

import com.sun.net.httpserver.HttpExchange;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.pvlock.tools.http.Access;
import io.pvlock.tools.http.Answers;
import io.pvlock.tools.http.LocalServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.Map;

/** {@code /metrics} of a region, in the format that the scraper asks for. */
public final class MetricsServer implements AutoCloseable {

    /** Scrapers are few. */
    private static final int THREADS = 4;

    private static final ExpositionFormats FORMATS = ExpositionFormats.init();

    private final RegionMetrics metrics;
    private final LocalServer server;

    /**
     * Answers from now on, until it is closed.
     *
     * @throws IOException if the address and the port cannot be had
     */
    public MetricsServer(RegionMetrics metrics, Access access) throws IOException {
        this.metrics = metrics;
        this.server = new LocalServer(access, Map.of("/", MetricsServer::root, "/metrics", this::scrape), THREADS);
    }

    /** Writes all metrics once, in the text format of Prometheus. */
    public static void print(RegionMetrics metrics, OutputStream out) throws IOException {
        FORMATS.getPrometheusTextFormatWriter().write(out, metrics.read());
    }

    private static void root(HttpExchange exchange) throws IOException {
        Answers.text(exchange, 200, "The metrics of the region are at /metrics.");
    }

    private void scrape(HttpExchange exchange) throws IOException {
        ExpositionFormatWriter format =
                FORMATS.findWriter(exchange.getRequestHeaders().getFirst("Accept"));
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        format.write(text, metrics.read());
        Answers.bytes(exchange, 200, format.getContentType(), text.toByteArray());
    }

    /** Where the metrics are. */
    public URI uri() {
        return server.uri().resolve("metrics");
    }

    @Override
    public void close() {
        server.close();
    }
}
