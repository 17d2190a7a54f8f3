/**
 * A page that shows a region while it changes, for a browser on this machine. Called by the command {@code web}. The page itself is in
 * {@code src/main/web}. Entry type: {@link io.pvlock.tools.web.WebServer}.
 */
package io.pvlock.tools.web;
