package io.pvlock.core;

import static io.pvlock.core.NodeDescriptor.*;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The queue under {@link McsLock} and {@link NativeQSpinLock}: the kernel's {@code mcs_spinlock.h} over the nodes of the vCPU slots. A
 * node's grant is WAIT until the predecessor makes it GRANTED. prev is written for those who list the queue; nothing here
 * depends on it.
 */
final class McsQueue {

    private static final LockEvent[] USE_NODE_EVENTS = {
        LockEvent.LOCK_USE_NODE2, LockEvent.LOCK_USE_NODE3, LockEvent.LOCK_USE_NODE4
    };

    private final UnsafeBuffer memory;
    private final VcpuTable vcpus;

    McsQueue(VcpuTable vcpus) {
        this.memory = vcpus.memory();
        this.vcpus = vcpus;
    }

    /** Initialises a free node of mine to wait for {@code cell} with; 0 if all are in use. */
    int takeNode(int cell, Participant me) {
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int ref = LockWord.ref(me.index(), index);
            int node = vcpus.nodeOffset(ref);
            if (grantStatus(vcpus.grantVolatile(node)) == FREE) {
                int generation = (nextGeneration(vcpus.nextVolatile(node)) + 1) & 0xffff;
                vcpus.initNode(node, generation, cell, NanoClock.nowNs());
                if (index > 0) {
                    me.count(USE_NODE_EVENTS[index - 1]);
                }
                return ref;
            }
        }
        me.count(LockEvent.LOCK_NO_NODE);
        return 0;
    }

    void freeNode(int ref) {
        setGrant(ref, FREE);
    }

    /** My node that heads the queue of {@code cell}. */
    int headNode(int cell, Participant me) {
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int ref = LockWord.ref(me.index(), index);
            int node = vcpus.nodeOffset(ref);
            if (grantStatus(vcpus.grantVolatile(node)) == GRANTED && vcpus.lockOf(node) == cell) {
                return ref;
            }
        }
        throw new CorruptMemoryException("vcpu=" + me.index() + " owns the lock at offset " + cell
                + " and has no node for it; run pvlock fsck on the region");
    }

    /** Joins the queue and waits to become its head; the kernel's xchg_tail and arch_mcs_spin_lock_contended. */
    void enqueue(int cell, int ref, Participant me) {
        int node = vcpus.nodeOffset(ref);
        int word;
        do {
            // P1 acquire; pairs with P1 release, the tail CAS of the enqueuer before.
            word = memory.getIntVolatile(cell + LockCell.WORD_OFFSET);
            vcpus.prevRelease(node, LockWord.tail(word));
            // P1 release: (p,*,*) -> (ref,*,*), after the node is initialised. The kernel does the
            // same where the tail is not a half-word.
        } while (!memory.compareAndSetInt(
                cell + LockCell.WORD_OFFSET, word, (word & ~LockWord.TAIL_MASK) | (ref << LockWord.TAIL_INDEX_SHIFT)));
        if (LockWord.tail(word) == 0) {
            setGrant(ref, GRANTED);
            return;
        }
        int before = vcpus.nodeOffset(LockWord.tail(word));
        int unlinked = vcpus.nextVolatile(before);
        // Nobody else links there, and the node stays until I have: the CAS is a store.
        vcpus.casNext(before, unlinked, next(nextGeneration(unlinked), ref));
        while (grantStatus(vcpus.grantVolatile(node)) != GRANTED) {
            me.spin().turn();
        }
    }

    /** Makes the successor head, waiting for it to link itself, and frees my node. To be called if the tail is not mine. */
    void handOver(int ref, Participant me) {
        int node = vcpus.nodeOffset(ref);
        int successor = nextRef(vcpus.nextVolatile(node));
        while (successor == 0) {
            me.spin().turn();
            successor = nextRef(vcpus.nextVolatile(node));
        }
        setGrant(successor, GRANTED);
        freeNode(ref);
    }

    // On a waiting node only its predecessor may do this, on any other only its owner.
    private void setGrant(int ref, int status) {
        int node = vcpus.nodeOffset(ref);
        vcpus.grantRelease(node, withStatus(vcpus.grantVolatile(node), status));
    }
}
