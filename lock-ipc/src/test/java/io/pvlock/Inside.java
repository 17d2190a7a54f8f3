package io.pvlock;

import io.pvlock.internal.lock.EntryLocking;
import io.pvlock.internal.lock.Guard;
import io.pvlock.internal.lock.LockUse;
import io.pvlock.internal.object.MonitoredExtent;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;

/** What is behind the public API, for tests that look there from other packages. */
public final class Inside {

    private Inside() {}

    public static Session session(LockRegion region) {
        return region.session();
    }

    public static Attachment attachment(Vcpu vcpu) {
        return vcpu.attachment;
    }

    public static EntryLocking locking(SharedLock lock) {
        return lock.locking();
    }

    public static MonitoredExtent object(SharedSemaphore semaphore) {
        return semaphore.object();
    }

    public static MonitoredExtent object(SharedReadWriteLock lock) {
        return lock.object();
    }

    public static MonitoredExtent object(SharedSequenceLock lock) {
        return lock.object();
    }

    public static MonitoredExtent object(SharedRecord record) {
        return record.object();
    }

    public static MonitoredExtent object(SharedLockArray array) {
        return array.object();
    }

    public static MonitoredExtent object(SharedCounter counter) {
        return counter.object();
    }

    public static MonitoredExtent object(SharedLocalCounter counter) {
        return counter.object();
    }

    public static int cell(SharedLockArray array, int index) {
        return array.cell(index);
    }

    public static Vcpu vcpu(Attachment attachment) {
        return Vcpu.of(attachment);
    }

    public static LockUse use(LockOptions options) {
        return options.use();
    }

    public static LockGuard guard(Guard guard) {
        return new LockGuard(guard);
    }
}
