/**
 * A region as people and programs are shown it: in words, as JSON, and with foreign text made harmless. For the commands, the pages and
 * the exports, which show the same. Entry type: {@link io.pvlock.tools.view.RegionJson}.
 */
package io.pvlock.tools.view;
