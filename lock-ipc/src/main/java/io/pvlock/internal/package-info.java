/** What all packages below may use. Internal to {@code lock-ipc}. */
package io.pvlock.internal;
