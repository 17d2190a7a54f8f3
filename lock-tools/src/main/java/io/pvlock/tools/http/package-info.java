/**
 * A small HTTP server for commands that let others look: whom it answers and what every answer forbids a browser. Called by {@code web}
 * and {@code metrics}. Entry type: {@link io.pvlock.tools.http.LocalServer}.
 */
package io.pvlock.tools.http;
