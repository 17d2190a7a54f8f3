package io.pvlock.tools.web;

import io.pvlock.tools.http.Answers;
import io.pvlock.tools.http.Page;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

/** The files of the page: ours, and those of uPlot, which come in a jar of their own. */
final class WebFiles {

    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String STYLE = "text/css; charset=utf-8";

    private WebFiles() {}

    /** By path. Each is read now: a jar that is replaced under a running program does no harm. */
    static Map<String, Page> pages() {
        String uPlot = "/META-INF/resources/webjars/uplot/" + uPlotVersion() + "/dist/";
        Map<String, Page> pages = new LinkedHashMap<>();
        pages.put("/", page("text/html; charset=utf-8", "index.html"));
        pages.put("/icon.svg", page("image/svg+xml", "icon.svg"));
        pages.put("/style.css", page(STYLE, "style.css"));
        for (String script : new String[] {"app.js", "charts.js", "format.js", "queue.js", "tables.js"}) {
            pages.put("/" + script, page(SCRIPT, script));
        }
        pages.put("/uplot.css", page(STYLE, uPlot + "uPlot.min.css"));
        pages.put("/uplot.js", page(SCRIPT, uPlot + "uPlot.esm.js"));
        return pages;
    }

    private static String uPlotVersion() {
        Properties properties = new Properties();
        try {
            properties.load(new ByteArrayInputStream(content("/META-INF/maven/org.webjars.npm/uplot/pom.properties")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }

    private static Page page(String type, String resource) {
        byte[] content = content(resource);
        return exchange -> Answers.bytes(exchange, 200, type, content);
    }

    private static byte[] content(String resource) {
        try (InputStream in = WebFiles.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(
                        resource + " is in no jar; are all jars in lib beside pvlock-tools.jar?");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
