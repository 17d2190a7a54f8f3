package io.pvlock;

import io.pvlock.internal.session.Attachment;

/**
 * A thread's handle on its slot in a region: passing it to {@link SharedLock#lock(Vcpu)} saves the look-up of the thread's slot.
 * Only the thread that attached it may use it.
 */
public final class Vcpu implements AutoCloseable {

    final Attachment attachment;

    // Copies of what the fast paths look at, so that they need not look through the attachment.

    /** As {@link Attachment#heldCell}. */
    final long heldCell;

    /** As {@link Attachment#fastSession}. */
    Object fastSession;

    /** As {@link Attachment#arrayPages}. */
    long arrayPages;

    private final int index;

    private Vcpu(Attachment attachment) {
        this.attachment = attachment;
        this.heldCell = attachment.heldCell;
        this.index = attachment.index();
        attachment.copyFastPath((newFastSession, newArrayPages) -> {
            fastSession = newFastSession;
            arrayPages = newArrayPages;
        });
    }

    /** The one handle on {@code attachment}; by its thread. */
    static Vcpu of(Attachment attachment) {
        return attachment.handle(Vcpu::new);
    }

    /** The slot's index in the region. */
    public int index() {
        return index;
    }

    /**
     * Gives the slot back; by the thread that attached it.
     *
     * @throws IllegalStateException if it still holds anything: a lock, a read lock, permits, the right to write
     */
    @Override
    public void close() {
        attachment.session().threads().detach(attachment);
    }

    @Override
    public String toString() {
        return attachment.toString();
    }
}
