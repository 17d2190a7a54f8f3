package io.pvlock.tests.simulator;

import io.pvlock.tests.simulator.Caches.Access;
import org.agrona.concurrent.UnsafeBuffer;

/** The memory of a simulated machine: each access that is not plain takes the time that it takes there. */
final class SimMemory extends UnsafeBuffer {

    private final Machine machine;

    /** Eight bytes more than a multiple of eight hold one, wherever an array's elements begin. */
    SimMemory(Machine machine, byte[] array, int offset, int length) {
        super(array, offset, length);
        this.machine = machine;
    }

    static SimMemory of(Machine machine, int length) {
        byte[] array = new byte[length + Long.BYTES];
        int offset = (int) (-new UnsafeBuffer(array).addressOffset() & (Long.BYTES - 1));
        return new SimMemory(machine, array, offset, length);
    }

    /** A look that takes no time. */
    int peekInt(int index) {
        return super.getIntVolatile(index);
    }

    /** A look that takes no time. */
    long peekLong(int index) {
        return super.getLongVolatile(index);
    }

    @Override
    public long getLongVolatile(int index) {
        machine.access(index, Access.LOAD);
        return super.getLongVolatile(index);
    }

    @Override
    public long getLongAcquire(int index) {
        machine.access(index, Access.LOAD);
        return super.getLongAcquire(index);
    }

    @Override
    public long getLongOpaque(int index) {
        machine.access(index, Access.LOAD);
        return super.getLongOpaque(index);
    }

    @Override
    public int getIntVolatile(int index) {
        machine.access(index, Access.LOAD);
        return super.getIntVolatile(index);
    }

    @Override
    public int getIntOpaque(int index) {
        machine.access(index, Access.LOAD);
        return super.getIntOpaque(index);
    }

    @Override
    public void putLongRelease(int index, long value) {
        machine.access(index, Access.STORE);
        super.putLongRelease(index, value);
    }

    @Override
    public void putLongOpaque(int index, long value) {
        machine.access(index, Access.STORE);
        super.putLongOpaque(index, value);
    }

    @Override
    public void putIntRelease(int index, int value) {
        machine.access(index, Access.STORE);
        super.putIntRelease(index, value);
    }

    @Override
    public void putIntOpaque(int index, int value) {
        machine.access(index, Access.STORE);
        super.putIntOpaque(index, value);
    }

    @Override
    public void putLongVolatile(int index, long value) {
        machine.access(index, Access.ATOMIC);
        super.putLongVolatile(index, value);
    }

    @Override
    public void putIntVolatile(int index, int value) {
        machine.access(index, Access.ATOMIC);
        super.putIntVolatile(index, value);
    }

    @Override
    public boolean compareAndSetLong(int index, long expected, long update) {
        machine.access(index, Access.ATOMIC);
        return super.compareAndSetLong(index, expected, update);
    }

    @Override
    public boolean compareAndSetInt(int index, int expected, int update) {
        machine.access(index, Access.ATOMIC);
        return super.compareAndSetInt(index, expected, update);
    }

    @Override
    public int getAndAddInt(int index, int delta) {
        machine.access(index, Access.ATOMIC);
        return super.getAndAddInt(index, delta);
    }

    @Override
    public int getAndSetInt(int index, int value) {
        machine.access(index, Access.ATOMIC);
        return super.getAndSetInt(index, value);
    }
}
