/**
 * What one process knows of a region that it has open: memory, tables, algorithms, threads, events, whether it is open.
 *
 * <p>Knows no lock and no object; those are made of it. Called by {@code io.pvlock} and by the packages of locks and objects. Entry type:
 * {@link io.pvlock.internal.session.Session}; a thread in it is an {@link io.pvlock.internal.session.Attachment}.
 */
package io.pvlock.internal.session;
