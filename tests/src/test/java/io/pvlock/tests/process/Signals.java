package io.pvlock.tests.process;

import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.ProcessState;
import io.pvlock.linux.Processes;

/** Stops a child, as a debugger or Ctrl-Z would, and lets it go on. By a system call: what it just did, it is likely to do still. */
public final class Signals {

    private Signals() {}

    /** Returns when every thread of it is stopped. */
    public static void suspend(ChildJvm child) {
        Processes.kill(child.pid(), Processes.SIGSTOP);
        Await.until("child " + child.pid() + " is stopped", () -> ProcessState.isStopped(child.pid()));
    }

    public static void resume(ChildJvm child) {
        Processes.kill(child.pid(), Processes.SIGCONT);
    }
}
