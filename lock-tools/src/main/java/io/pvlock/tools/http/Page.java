package io.pvlock.tools.http;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;

/** What is behind one path. */
@FunctionalInterface
public interface Page {

    /**
     * Answers a request that may be answered; it is ended when this returns.
     *
     * @throws IOException if the other side has gone
     */
    void answer(HttpExchange exchange) throws IOException;
}
