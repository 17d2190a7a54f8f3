package io.pvlock.internal.session;

import io.pvlock.RegionException;
import io.pvlock.core.Deadline;
import io.pvlock.core.Participant;
import io.pvlock.internal.Warnings;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.internal.slot.VirtualThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The threads of this process that are attached to one region, each with its vCPU.
 *
 * <p>A platform thread keeps its vCPU until it gives it back or ends. If the region is closed and the thread holds nothing there,
 * it gives the vCPU back when it next attaches to any other region. A virtual thread borrows a vCPU from a pool, for as long as
 * it waits or holds, or until it closes what {@code attach()} gave it. Each of these counts as one use.
 */
public final class AttachedThreads {

    /** The vCPUs of a platform thread, of all regions: only it can give back their slots, which are in its robust list. */
    private static final ThreadLocal<List<Attachment>> OF_ALL_SESSIONS = ThreadLocal.withInitial(ArrayList::new);

    /** Seats in {@link #recent()}; a power of two. */
    private static final int SEATS = 128;

    private final Session session;
    private final VcpuRegistry registry;
    private final ThreadLocal<Attachment> ofThread = new ThreadLocal<>();

    /** By slot: a thread that ended without giving its vCPU back is replaced by the next thread of this process that gets the slot. */
    private final Map<Integer, Attachment> attached = new ConcurrentHashMap<>();

    /** The same, for the fast paths: by the thread's id, modulo. Who finds somebody alive in its seat does without. */
    private final Attachment[] recent = new Attachment[SEATS];

    private final VcpuPool pool;

    private final Warnings lookFailures = new Warnings();

    /** Whether there ever was a thread without a sentinel: else looking for such, in a long wait, allocates nothing. */
    private volatile boolean haveUsers;

    /** Whether {@link EndedThreads} looks for users that have ended: if not, the next one says that there is one. */
    private volatile boolean watched;

    AttachedThreads(Session session, VcpuRegistry registry) {
        this.session = session;
        this.registry = registry;
        this.pool = new VcpuPool(registry, () -> session.whileOpen(this::attachForPool));
    }

    private Attachment attachForPool() {
        if (session.isUnusable()) {
            throw session.closedException(); // no slot helps who waits for one
        }
        return attachNew(registry.tryAttach(false), true);
    }

    /**
     * The calling thread's vCPU, if it is in {@code recent}, without a look at its thread locals, which takes several loads that wait for
     * each other. One that has been given back takes no fast path; for all else there are {@link #existing()} and {@link #borrow()}.
     *
     * @param recent of {@link #recent()}, which callers keep at hand
     * @return null if it is not there
     */
    public static Attachment atHand(Attachment[] recent) {
        Thread thread = Thread.currentThread();
        // Whatever a thread says its id is: it is compared itself. What it has not stored here itself is not its own.
        Attachment attachment = recent[(int) thread.getId() & SEATS - 1];
        return attachment != null && attachment.seated == thread ? attachment : null;
    }

    /** For {@link #atHand}. */
    public Attachment[] recent() {
        return recent;
    }

    /** The calling thread's vCPU, null if it has none. */
    public Attachment existing() {
        return ofThread.get();
    }

    /** The vCPU of {@code participant}, which is one of this process; null if it is not attached yet. */
    Attachment of(Participant participant) {
        Attachment attachment = attached.get(participant.index());
        return attachment != null && attachment.participant == participant ? attachment : null;
    }

    /** The calling thread's vCPU, made or borrowed now if it has none; a virtual thread waits for one. */
    public Attachment borrow() {
        Attachment attachment = ofThread.get();
        return attachment != null ? attachment : borrowUninterruptibly();
    }

    private Attachment borrowUninterruptibly() {
        return borrowUninterruptibly(Participant.NO_DEADLINE);
    }

    /** {@link #borrow()} for the user, until {@link #detach}. */
    public Attachment attach() {
        session.checkOpen();
        Attachment me = borrow();
        me.pin();
        return me;
    }

    /** {@link #borrow()} without waiting: null if there is none for a virtual thread. */
    public Attachment borrowNow() {
        return borrowUninterruptibly(Deadline.NOW);
    }

    private Attachment borrowUninterruptibly(long deadlineNs) {
        try {
            return borrow(deadlineNs, false);
        } catch (InterruptedException e) {
            throw new AssertionError("not interruptible", e);
        }
    }

    /**
     * {@link #borrow()} for a while.
     *
     * @param deadlineNs {@link Participant#NO_DEADLINE} for none, {@link Deadline#NOW} for not waiting
     * @return null if a virtual thread got none in time
     */
    public Attachment borrow(long deadlineNs, boolean interruptible) throws InterruptedException {
        Attachment attachment = ofThread.get();
        if (attachment != null) {
            return attachment;
        }
        if (VirtualThreads.currentIsVirtual()) {
            attachment = pool.take(deadlineNs, interruptible);
        } else {
            leaveClosedSessions();
            attachment = session.whileOpen(() -> attachNew(registry.attach(true), false));
        }
        if (attachment != null) {
            hand(attachment);
        }
        return attachment;
    }

    private void hand(Attachment attachment) {
        boolean done = false;
        try {
            ofThread.set(attachment);
            if (!registry.hasSentinel(attachment.participant)) {
                attachment.user = Thread.currentThread();
                haveUsers = true;
                // After the store: either this sees that nobody looks, or who is about to look no more sees the user.
                if (!watched) {
                    EndedThreads.shared().watch(this);
                }
            }
            if (!attachment.isBorrowed()) {
                OF_ALL_SESSIONS.get().add(attachment);
                takeSeat(attachment);
            }
            done = true;
        } finally {
            if (!done) {
                ofThread.remove();
                forget(attachment);
            }
        }
    }

    private void takeSeat(Attachment attachment) {
        Thread thread = Thread.currentThread();
        synchronized (recent) {
            // A thread that has ended is let go of: it keeps a class loader.
            for (Attachment other : recent) {
                if (other != null && !other.seated.isAlive()) {
                    leaveSeat(other);
                }
            }
            int seat = (int) thread.getId() & SEATS - 1;
            if (recent[seat] == null) {
                attachment.seat = seat;
                attachment.seated = thread;
                recent[seat] = attachment;
            }
        }
    }

    private void leaveSeat(Attachment attachment) {
        synchronized (recent) {
            if (attachment.seated != null) {
                recent[attachment.seat] = null;
                attachment.seated = null;
            }
        }
    }

    private Attachment attachNew(Participant participant, boolean borrowed) {
        if (participant == null) {
            return null;
        }
        boolean done = false;
        try {
            Attachment attachment = new Attachment(session, participant, borrowed);
            attached.put(attachment.index(), attachment);
            done = true;
            return attachment;
        } finally {
            if (!done) {
                registry.detach(participant);
            }
        }
    }

    /** Ends one use of a borrowed vCPU; the last one returns it. */
    public void giveBack(Attachment attachment) {
        if (!attachment.isBorrowed() || !attachment.endUse()) {
            return;
        }
        ofThread.remove();
        attachment.user = null;
        if (session.isClosed() || !pool.keep(attachment)) {
            forget(attachment);
        } else if (session.isClosed()) {
            drainPool(); // the region was closed, and the pool drained, just before it was kept
        }
    }

    /** Gives the slot back; by the thread that attached it, if it holds nothing. */
    public void detach(Attachment attachment) {
        if (attachment.isDetached()) {
            return;
        }
        if (ofThread.get() != attachment) {
            if (attachment.isBorrowed()) {
                return; // closed before: by now it may serve another thread
            }
            throw new IllegalStateException(attachment + " belongs to another thread, which alone can give it back");
        }
        session.heldBy(attachment).ifPresent(name -> {
            throw new IllegalStateException(attachment + " still holds lock '" + name + "'; unlock it first");
        });
        attachment.anyHold().ifPresent(object -> {
            throw new IllegalStateException(attachment + " still holds a part of " + object + "; give it back first");
        });
        if (!attachment.isBorrowed()) {
            leave(attachment);
        } else if (attachment.unpin()) {
            giveBack(attachment);
        }
    }

    private void leave(Attachment own) {
        ofThread.remove();
        OF_ALL_SESSIONS.get().remove(own);
        forget(own);
    }

    /** Ends the waits of all, also of those who wait for a slot. */
    void cancelWaits() {
        for (Attachment attachment : attached.values()) {
            attachment.noFastPaths();
            attachment.participant.cancel();
            registry.parker().kick(attachment.index());
        }
        pool.wake();
    }

    /** Gives back what nobody uses: the calling thread's vCPU, unless it holds something, and the pool. */
    void leave() {
        Attachment own = ofThread.get();
        if (own != null && holdsNothing(own)) {
            leave(own);
        }
        drainPool();
    }

    private void drainPool() {
        for (Attachment idle = pool.poll(); idle != null; idle = pool.poll()) {
            forget(idle);
        }
    }

    private boolean holdsNothing(Attachment attachment) {
        return session.heldBy(attachment).isEmpty() && attachment.anyHold().isEmpty();
    }

    /** Gives back the calling thread's vCPUs in regions that this process has closed, but for those that hold something. */
    static void leaveClosedSessions() {
        if (VirtualThreads.currentIsVirtual()) {
            return;
        }
        for (Attachment attachment : List.copyOf(OF_ALL_SESSIONS.get())) {
            AttachedThreads threads = attachment.session().threads();
            if (attachment.isDetached()) {
                OF_ALL_SESSIONS.get().remove(attachment);
            } else if (attachment.session().isClosed() && threads.surelyHoldsNothing(attachment)) {
                threads.leave(attachment);
            }
        }
    }

    // A damaged region must not be in the way of another. If it cannot be told whether the thread
    // holds anything there, it keeps the slot.
    private boolean surelyHoldsNothing(Attachment attachment) {
        try {
            return holdsNothing(attachment);
        } catch (RegionException e) {
            return false;
        }
    }

    // Removed last: until then the region is not let go of.
    private void forget(Attachment attachment) {
        if (!attachment.end()) {
            return;
        }
        registry.detach(attachment.participant);
        attached.remove(attachment.index(), attachment);
        leaveSeat(attachment);
        pool.wake();
        session.releaseIfLeft();
    }

    /**
     * Notices threads that have ended while they had a vCPU of whose user no sentinel tells: virtual ones, that still held or had
     * not closed it. They are taken for dead by everybody from then on.
     */
    public void noticeEnded() {
        if (haveUsers) {
            attached.values().forEach(this::noticeEnded);
        }
    }

    /** The same of {@code vcpu} alone, for one of many who wait: each looks at the one that it depends on. */
    void noticeEnded(int vcpu) {
        Attachment attachment = haveUsers ? attached.get(vcpu) : null;
        if (attachment != null) {
            noticeEnded(attachment);
        }
    }

    private void noticeEnded(Attachment attachment) {
        Thread user = attachment.user;
        boolean ended = user != null && user.getState() == Thread.State.TERMINATED;
        // Looked at again: a thread that gives its vCPU back says so before it ends.
        if (ended && attachment.user == user && attachment.end()) {
            registry.declareDead(attachment.participant);
            attached.remove(attachment.index(), attachment);
        }
    }

    /** What {@link EndedThreads} does each second: the last one that has ended may have been all that kept a closed region. */
    void look() {
        // One region that fails must not leave the others without a look.
        lookFailures.guard("cannot tell which threads have ended in " + this, () -> {
            noticeEnded();
            session.releaseIfLeft();
        });
    }

    /** Whether there is anybody to look for; if not, the next one tells {@link EndedThreads}, under whose lock this is asked. */
    boolean stayWatched() {
        boolean user = hasUser();
        if (!user) {
            watched = false;
            user = hasUser(); // who has come meanwhile either sees that nobody looks, or is seen here
            watched = user;
        }
        return user;
    }

    /** {@link EndedThreads} looks from now on; under its lock. */
    void watched() {
        watched = true;
    }

    private boolean hasUser() {
        for (Attachment attachment : attached.values()) {
            if (attachment.user != null) {
                return true;
            }
        }
        return false;
    }

    /** Whether nobody is attached any more, not counting those who have ended. */
    boolean isEmpty() {
        noticeEnded();
        attached.values().removeIf(attachment -> registry.hasEnded(attachment.participant));
        return attached.isEmpty();
    }

    @Override
    public String toString() {
        return session.path().toString();
    }
}
