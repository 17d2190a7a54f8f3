/**
 * {@code pvlock top}: what is sampled, what it looks like, what keys do, and the terminal. Only {@link io.pvlock.tools.top.Screen}
 * knows a terminal; the rest is text and can be tested as such. Entry type: {@link io.pvlock.tools.top.Top}.
 */
package io.pvlock.tools.top;
