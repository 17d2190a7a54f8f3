package io.pvlock.tools.http;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A request as its bytes: clients of the JDK would not send all that others do. */
public final class RawHttp {

    private RawHttp() {}

    /** Sends {@code request}, of which the end of the headers is added, and reads until the server closes. */
    public static String ask(URI server, String... request) throws IOException {
        try (Socket socket = open(server, request)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Sends {@code request}, and leaves it to the caller to read. */
    public static Socket open(URI server, String... request) throws IOException {
        Socket socket = new Socket(server.getHost().replaceAll("[\\[\\]]", ""), server.getPort());
        String text = String.join("\r\n", request) + "\r\n\r\n";
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        return socket;
    }
}
