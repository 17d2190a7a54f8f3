/** What those see who only look: owners, waiters, events, and a region that is open for reading. */
package io.pvlock.look;
