package io.pvlock.internal.session;

import io.pvlock.internal.Log;
import io.pvlock.linux.RobustMutex;
import java.util.concurrent.atomic.AtomicBoolean;

/** Says once for each process what is lost because the kernel does not do it. */
final class KernelGaps {

    private static final AtomicBoolean SAID = new AtomicBoolean();

    private KernelGaps() {}

    static void sayOnce() {
        if (!RobustMutex.supported() && SAID.compareAndSet(false, true)) {
            Log.warn(
                    "robust mutexes do not work here (set_robust_list: an emulator, or a seccomp profile; see pvlock"
                            + " doctor): other processes notice the death of this process when the kernel has freed its"
                            + " memory, and that one of its threads has ended while it held a lock when this process has, within about a second");
        }
    }
}
