package io.pvlock.tools.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sent, by its bytes. */
@Timeout(180)
class LocalServerTest {

    private static final String HOST = "Host: localhost";
    private static final String CLOSE = "Connection: close";

    private LocalServer server;

    @BeforeEach
    void start() throws IOException {
        Page page = exchange -> Answers.bytes(exchange, 200, "text/html", "<p>hello".getBytes(StandardCharsets.UTF_8));
        Page broken = exchange -> {
            throw new IllegalStateException("broken");
        };
        server = new LocalServer(
                Access.of("127.0.0.1", 0, false, Set.of()), Map.of("/page", page, "/broken", broken), 2);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String ask(String... request) throws IOException {
        return RawHttp.ask(server.uri(), request);
    }

    @Test
    void aPageComesWithWhatForbidsABrowserTheRest() throws IOException {
        String answer = ask("GET /page HTTP/1.1", HOST, CLOSE);
        assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n<p>hello");
        assertThat(answer.lines())
                .contains(
                        "X-content-type-options: nosniff",
                        "Referrer-policy: no-referrer",
                        "Cross-origin-resource-policy: same-origin",
                        "Cache-control: no-store");
        assertThat(answer)
                .containsPattern(
                        "Content-security-policy: default-src 'none'; script-src 'self'; [^\r]*frame-ancestors 'none'")
                .doesNotContain("unsafe-inline")
                .doesNotContainIgnoringCase("Access-Control-Allow");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW"})
    void onlyGetIsAnswered(String method) throws IOException {
        assertThat(ask(method + " /page HTTP/1.1", HOST, "Content-Length: 0", CLOSE))
                .startsWith("HTTP/1.1 405 ")
                .contains("Allow: GET")
                .doesNotContain("<p>hello");
    }

    @Test
    void aNameOfAStrangersIsNotAnswered() throws IOException {
        assertThat(ask("GET /page HTTP/1.1", "Host: evil.example", CLOSE))
                .startsWith("HTTP/1.1 421 ")
                .contains("--allow-host")
                .doesNotContain("<p>hello");
        assertThat(ask("GET http://localhost/page HTTP/1.1", "Host: evil.example", CLOSE))
                .startsWith("HTTP/1.1 421 ");
        assertThat(ask("GET /page HTTP/1.0")).contains(" 421 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/page/", "/page/x", "/PAGE", "/../page", "//page", "/%2e%2e/etc/passwd"})
    void onlyWhatThereIsIsFound(String path) throws IOException {
        assertThat(ask("GET " + path + " HTTP/1.1", HOST, CLOSE)).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void aPageThatFailsEndsItsRequestOnly() throws IOException {
        assertThat(ask("GET /broken HTTP/1.1", HOST)).doesNotContain("200");
        assertThat(ask("GET /page HTTP/1.1", HOST, CLOSE)).endsWith("<p>hello");
    }

    @Test
    void theAddressOfItsOwnIsKnown() throws IOException {
        assertThat(server.uri().toString()).matches("http://127\\.0\\.0\\.1:\\d+/");
        assertThat(server.uri().getPort()).isPositive();
    }
}
