package io.pvlock.internal.directory;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** The memory of a region that says so before each access: of a word, or of the bytes of a name or of an extent. */
final class WatchedBuffer extends UnsafeBuffer {

    private final Runnable beforeRead;
    private final Runnable beforeWrite;

    WatchedBuffer(DirectBuffer memory, Runnable beforeRead, Runnable beforeWrite) {
        super(memory);
        this.beforeRead = beforeRead;
        this.beforeWrite = beforeWrite;
    }

    // ---- reads

    @Override
    public int getInt(int index) {
        beforeRead.run();
        return super.getInt(index);
    }

    @Override
    public long getLong(int index) {
        beforeRead.run();
        return super.getLong(index);
    }

    @Override
    public int getIntVolatile(int index) {
        beforeRead.run();
        return super.getIntVolatile(index);
    }

    @Override
    public long getLongVolatile(int index) {
        beforeRead.run();
        return super.getLongVolatile(index);
    }

    @Override
    public long getLongAcquire(int index) {
        beforeRead.run();
        return super.getLongAcquire(index);
    }

    @Override
    public void getBytes(int index, byte[] to) {
        beforeRead.run();
        super.getBytes(index, to);
    }

    // ---- writes

    @Override
    public void putInt(int index, int value) {
        beforeWrite.run();
        super.putInt(index, value);
    }

    @Override
    public void putLong(int index, long value) {
        beforeWrite.run();
        super.putLong(index, value);
    }

    @Override
    public void putIntVolatile(int index, int value) {
        beforeWrite.run();
        super.putIntVolatile(index, value);
    }

    @Override
    public void putLongVolatile(int index, long value) {
        beforeWrite.run();
        super.putLongVolatile(index, value);
    }

    @Override
    public void putIntRelease(int index, int value) {
        beforeWrite.run();
        super.putIntRelease(index, value);
    }

    @Override
    public boolean compareAndSetInt(int index, int expected, int update) {
        beforeRead.run();
        beforeWrite.run();
        return super.compareAndSetInt(index, expected, update);
    }

    @Override
    public boolean compareAndSetLong(int index, long expected, long update) {
        beforeRead.run();
        beforeWrite.run();
        return super.compareAndSetLong(index, expected, update);
    }

    @Override
    public void setMemory(int index, int length, byte value) {
        beforeWrite.run();
        super.setMemory(index, length, value);
    }

    @Override
    public void putBytes(int index, byte[] bytes) {
        beforeWrite.run();
        super.putBytes(index, bytes);
    }
}
