package io.pvlock.tools.worker;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The child processes of one command. None outlives it: {@link #close} kills and reaps those that are left, so does the end of
 * this JVM by a signal; and if this JVM is killed, they see it by their {@link Lifeline}. Thread-safe.
 */
public final class Children implements AutoCloseable {

    private static final long REAP_SECONDS = 30;

    private final Set<Process> started = ConcurrentHashMap.newKeySet();
    private final Thread hook = new Thread(this::killAll, "reap-children");
    private boolean closed;

    public Children() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * Starts a JVM like this one. Its {@code main} must attach a {@link Lifeline}.
     *
     * @throws IllegalStateException if all children have been killed meanwhile
     */
    public Process start(Class<?> main, List<String> arguments) {
        return start(main, arguments, List.of());
    }

    /** The same with {@code flags} added to the JVM flags that it inherits. */
    public Process start(Class<?> main, List<String> arguments, List<String> flags) {
        return start(ChildJvm.command(main, arguments, flags));
    }

    /** Starts any program; it must see by the end of its standard input that we are gone. */
    public synchronized Process start(List<String> command) {
        if (closed) {
            throw new IllegalStateException("the command ends, it starts no more processes");
        }
        started.removeIf(process -> !process.isAlive());
        Process process = ChildJvm.start(command);
        started.add(process);
        return process;
    }

    /** How the process ended, for people. */
    public static String describeExit(int status) {
        return status > 128 ? "was killed by signal " + (status - 128) : "ended with status " + status;
    }

    private synchronized void killAll() {
        closed = true;
        started.forEach(Process::destroyForcibly);
        boolean interrupted = false;
        for (Process process : started) {
            try {
                process.waitFor(REAP_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        started.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        killAll();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is on its way down, and the hook finds nothing to do.
        }
    }
}
