/**
 * One class per command, and what commands share: where the region is, how to report. A command parses, calls, and prints;
 * it prints through its own command line only. Nothing but {@link io.pvlock.tools.Main} may call it.
 */
package io.pvlock.tools.command;
