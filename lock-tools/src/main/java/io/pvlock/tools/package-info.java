/**
 * The {@code pvlock} command line, one class per command. Nothing but the launcher and tests may call it; entry type:
 * {@link io.pvlock.tools.Main}.
 */
package io.pvlock.tools;
