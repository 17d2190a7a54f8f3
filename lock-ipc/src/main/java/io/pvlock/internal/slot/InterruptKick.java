package io.pvlock.internal.slot;

import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/**
 * Makes {@link Thread#interrupt()} kick a thread that sleeps in a futex, which the JVM knows nothing of.
 *
 * <p>The JDK offers one public hook for this: a selector's {@code begin()} and {@code end()} let the interrupter call the
 * selector's {@code wakeup()}. This is a selector of nothing that uses the hook and no more.
 */
abstract class InterruptKick extends AbstractSelector {

    InterruptKick() {
        super(null); // nobody asks for its provider, and to find the default one takes a start-up its time
    }

    /** Wakes the thread, on the one that interrupts it. */
    abstract void kick();

    /** From now on an interrupt kicks; one that is pending kicks at once. */
    void arm() {
        begin();
    }

    /** Interrupts are nobody's business any more. */
    void disarm() {
        end();
    }

    @Override
    public Selector wakeup() {
        kick();
        return this;
    }

    @Override
    protected void implCloseSelector() {}

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int operations, Object attachment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SelectionKey> keys() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int selectNow() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int select(long timeoutMs) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int select() {
        throw new UnsupportedOperationException();
    }
}
