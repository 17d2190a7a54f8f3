package io.pvlock.core.testing;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Memory that says so before every ordered access: between two of them a participant can be stopped. */
final class SteppingBuffer extends UnsafeBuffer {

    private final Runnable beforeAccess;

    SteppingBuffer(byte[] array, int offset, int length, Runnable beforeAccess) {
        super(array, offset, length);
        this.beforeAccess = beforeAccess;
    }

    SteppingBuffer(ByteBuffer buffer, Runnable beforeAccess) {
        super(buffer);
        this.beforeAccess = beforeAccess;
    }

    Runnable beforeAccess() {
        return beforeAccess;
    }

    @Override
    public long getLongVolatile(int index) {
        beforeAccess.run();
        return super.getLongVolatile(index);
    }

    @Override
    public void putLongVolatile(int index, long value) {
        beforeAccess.run();
        super.putLongVolatile(index, value);
    }

    @Override
    public void putLongRelease(int index, long value) {
        beforeAccess.run();
        super.putLongRelease(index, value);
    }

    @Override
    public boolean compareAndSetLong(int index, long expected, long update) {
        beforeAccess.run();
        return super.compareAndSetLong(index, expected, update);
    }

    @Override
    public int getIntVolatile(int index) {
        beforeAccess.run();
        return super.getIntVolatile(index);
    }

    @Override
    public void putIntVolatile(int index, int value) {
        beforeAccess.run();
        super.putIntVolatile(index, value);
    }

    @Override
    public void putIntRelease(int index, int value) {
        beforeAccess.run();
        super.putIntRelease(index, value);
    }

    @Override
    public boolean compareAndSetInt(int index, int expected, int update) {
        beforeAccess.run();
        return super.compareAndSetInt(index, expected, update);
    }
}
