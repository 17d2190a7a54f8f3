package io.pvlock.tools.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.kit.Await;
import io.pvlock.tools.http.Access;
import io.pvlock.tools.http.RawHttp;
import io.pvlock.tools.testing.HeldLock;
import io.pvlock.tools.watch.RegionWatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real region, and clients over the network. */
@Timeout(300)
class WebServerTest {

    private static final int MAX_PAGES = 3;
    private static final String HOST = "Host: localhost";

    @TempDir
    private Path directory;

    private Path file;
    private HeldLock held;
    private RegionWatch watch;
    private WebServer server;
    private final List<Socket> sockets = new ArrayList<>();

    @BeforeEach
    void start() {
        file = directory.resolve("region.pvl");
        held = new HeldLock(file, 1);
        watch = new RegionWatch(file, () -> LockRegion.openForReading(file));
    }

    private void serve(long stallMs) throws IOException {
        server = new WebServer(
                watch, Access.of("127.0.0.1", 0, false, Set.of()), new WebServer.Pace(10, MAX_PAGES, stallMs));
    }

    @AfterEach
    void stop() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        server.close();
        watch.close();
        held.close();
    }

    private static final class Page {
        private final BufferedReader in;
        private final String status;

        Page(Socket socket) throws IOException {
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            status = in.readLine();
        }

        Map<String, Object> next() throws IOException {
            String line = in.readLine();
            while (line != null && !line.startsWith("data: ")) {
                line = in.readLine();
            }
            assertThat(line).as("the stream goes on").isNotNull();
            return JSON.std.mapFrom(line.substring("data: ".length()));
        }

        Map<String, Object> nextWithState(String state) throws IOException {
            Map<String, Object> sample = next();
            while (!state.equals(sample.get("state"))) {
                sample = next();
            }
            return sample;
        }
    }

    /** By the older HTTP, which does not cut what it sends into chunks. */
    private Socket live() throws IOException {
        Socket socket = RawHttp.open(server.uri(), "GET /live HTTP/1.0", HOST, "Accept: text/event-stream");
        sockets.add(socket);
        return socket;
    }

    private Page page() throws IOException {
        return new Page(live());
    }

    @Test
    void allThatThePageNeedsIsHere() throws IOException {
        serve(30_000);
        String page = get("/");
        assertThat(page).contains("Content-type: text/html").contains("<title>pvlock");
        List<String> wanted = new ArrayList<>(List.of("/uplot.js"));
        Pattern.compile("(?:src|href)=\"([^\"]*)\"")
                .matcher(page)
                .results()
                .forEach(link -> wanted.add("/" + link.group(1)));
        for (String script : new String[] {"app", "charts", "format", "queue", "tables"}) {
            wanted.add("/" + script + ".js");
        }
        assertThat(wanted).contains("/app.js", "/style.css", "/uplot.css");
        for (String path : wanted) {
            assertThat(get(path)).as(path).startsWith("HTTP/1.1 200 ").doesNotContain("://cdn");
        }
        assertThat(page)
                .as("no script, no style, no resource from elsewhere")
                .doesNotContain("<style", "style=", "http");
    }

    private String get(String path) throws IOException {
        return RawHttp.ask(server.uri(), "GET " + path + " HTTP/1.1", HOST, "Connection: close");
    }

    @Test
    void samplesCome() throws IOException {
        serve(30_000);
        Page page = page();
        assertThat(page.status).contains(" 200 ");
        long first = (Long) page.next().get("at");
        Map<String, Object> later = page.next();
        assertThat((Long) later.get("at")).isGreaterThanOrEqualTo(first);
        assertThat(later.get("threads")).hasToString("{attached=2, waiting=1, dead=0}");
    }

    @Test
    void theHistoryOfALockAndOfAll() throws IOException {
        serve(30_000);
        assertThat(get("/history?lock=held")).containsPattern("\"waiting\":\\[1[,\\]]");
        assertThat(get("/history")).containsPattern("\"waiting\":\\[1[,\\]]");
        assertThat(get("/history?lock=h%65ld")).containsPattern("\"waiting\":\\[1[,\\]]");
        assertThat(get("/history?lock=none")).contains("\"waiting\":[]");
    }

    @Test
    void thePageOutlivesTheRegion() throws IOException {
        serve(30_000);
        Page page = page();
        page.nextWithState("live");
        Files.delete(file);
        assertThat((String) page.nextWithState("gone").get("message")).contains(file + " does not exist");
        try (LockRegion next = LockRegion.open(file, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN))) {
            next.lock("next");
            Await.until("it is seen", () -> {
                try {
                    return page.nextWithState("live").get("locks").toString().contains("key=next");
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }

    @Test
    void pagesAreBounded_andAPlaceIsFreeWhenItsPageIsClosed() throws IOException {
        serve(30_000);
        for (int i = 0; i < MAX_PAGES; i++) {
            page().next();
        }
        assertThat(get("/live")).startsWith("HTTP/1.1 503 ").contains("Retry-after: 10");
        assertThat(get("/")).as("anything else").startsWith("HTTP/1.1 200 ");
        sockets.get(0).close();
        Await.until("there is a place", this::isRoom);
    }

    private boolean isRoom() {
        try (Socket socket = RawHttp.open(server.uri(), "GET /live HTTP/1.1", HOST)) {
            return new Page(socket).status.contains(" 200 ");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** It holds up nobody, and loses its place when it has not read for long. */
    @Test
    void aSlowReader() throws Exception {
        for (int i = 0; i < Histories.MAX_SHOWN; i++) {
            held.region().lock("so that a sample is long " + "-".repeat(40) + i);
        }
        serve(3000);
        for (int i = 0; i < MAX_PAGES - 1; i++) {
            live();
        }
        Page reader = page();
        Await.until("a place of those who do not read is free", () -> reads(reader) && isRoom());
        assertThat(reads(reader)).isTrue();
    }

    private static boolean reads(Page page) {
        try {
            return !page.next().isEmpty();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
