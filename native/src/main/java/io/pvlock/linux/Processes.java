package io.pvlock.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringTokenizer;
import java.util.UUID;

/**
 * What names a process beyond its pid, for people to read and for tools, and signals for tools and tests. None of it
 * proves that a process is alive: pids are reused, and a pid means nothing outside its pid namespace.
 */
public final class Processes {
    /** Ends the process at once; cannot be caught. */
    public static final int SIGKILL = 9;
    /** Asks the process to end. */
    public static final int SIGTERM = 15;
    /** Lets a stopped process run again. */
    public static final int SIGCONT = 18;
    /** Stops the process until SIGCONT; cannot be caught. */
    public static final int SIGSTOP = 19;

    /** Answer of {@link #startTime} for a process that does not exist. */
    public static final long NO_SUCH_PROCESS = -1;

    /** Of /proc/PID/stat the 22nd field, counted from the 3rd, which is the first one behind the name. */
    private static final int START_TIME_BEHIND_NAME = 22 - 3;

    /** Answer of {@link #clockShiftNs} where it cannot be known. */
    public static final long NO_CLOCK_SHIFT = Long.MIN_VALUE;

    /** What the JDK says of EMFILE and ENFILE begins so. */
    private static final String TOO_MANY_FILES = "Too many open files";

    private static final int RUSAGE_SELF = 0;
    private static final int RUSAGE_WORDS = 18;

    private static final Path PROC = Path.of("/proc");

    private Processes() {}

    /** The random id of this boot of the machine; the same in every process and container on it. */
    public static UUID bootId() {
        Path file = PROC.resolve("sys/kernel/random/boot_id");
        try {
            return UUID.fromString(Files.readString(file).trim());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /**
     * When the process started, in clock ticks (usually 10 ms) since boot; {@link #NO_SUCH_PROCESS} if there is none.
     * Pid and start time together are unique within one boot and pid namespace, but for a pid reused within one tick.
     */
    public static long startTime(int pid) {
        String stat = read(PROC.resolve(pid + "/stat"));
        return stat.isEmpty() ? NO_SUCH_PROCESS : parseStartTime(stat);
    }

    /** The kernel's short name of the process, at most 15 bytes; empty if there is no such process. */
    public static String commandName(int pid) {
        String name = read(PROC.resolve(pid + "/comm"));
        return name.endsWith("\n") ? name.substring(0, name.length() - 1) : name;
    }

    /** Inode number of this process's pid namespace: pids of processes with another one cannot be compared. */
    public static long pidNamespaceInode() {
        Path link = PROC.resolve("self/ns/pid");
        try {
            return (Long) Files.getAttribute(link, "unix:ino");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + link, e);
        }
    }

    /**
     * What this process's time namespace adds to CLOCK_MONOTONIC, in nanoseconds; 0 outside of any, and where the kernel has none (before
     * 5.6). Instants of two processes can be compared once it is taken off. {@link #NO_CLOCK_SHIFT} if it cannot be known: a process that
     * has made a time namespace for its children and is not in it itself.
     */
    public static long clockShiftNs() {
        String offsets = read(PROC.resolve("self/timens_offsets"));
        if (offsets.isEmpty()) {
            return 0;
        }
        try {
            // What the file says is of the children's.
            boolean childrenHaveTheSame = Files.readSymbolicLink(PROC.resolve("self/ns/time"))
                    .equals(Files.readSymbolicLink(PROC.resolve("self/ns/time_for_children")));
            return childrenHaveTheSame ? parseClockShift(offsets) : NO_CLOCK_SHIFT;
        } catch (IOException e) {
            return NO_CLOCK_SHIFT;
        }
    }

    /** Lines of clock, seconds, nanoseconds; the latter are never negative. */
    static long parseClockShift(String offsets) {
        // No regular expression: it would be the only one on the way to the first lock.
        StringTokenizer words = new StringTokenizer(offsets);
        while (words.hasMoreTokens()) {
            if (words.nextToken().equals("monotonic") && words.countTokens() >= 2) {
                return Long.parseLong(words.nextToken()) * 1_000_000_000L + Long.parseLong(words.nextToken());
            }
        }
        return NO_CLOCK_SHIFT;
    }

    /**
     * Sends a signal to one process.
     *
     * @param pid positive; the kernel's group and everybody forms are refused
     * @param signal number, 0 to send none and only ask
     * @return false if there is no such process; a killed one that its parent has not waited for still counts as one
     * @throws LinuxException {@link Errno#EPERM} not ours
     */
    public static boolean kill(int pid, int signal) {
        if (pid <= 0) {
            throw new IllegalArgumentException("pid must be positive: " + pid);
        }
        long result = LibC.syscall(SystemCalls.KILL, pid, signal, 0);
        if (result < 0 && result != -Errno.ESRCH) {
            throw new LinuxException("kill of pid " + pid + " with signal " + signal, (int) -result);
        }
        return result == 0;
    }

    /**
     * What this process has cost, all its threads together: {@code struct rusage} of getrusage(2), its 18 words in their order. Of the two
     * times the first word is seconds and the second microseconds.
     */
    public static long[] resourceUsage() {
        NativeBlock usage = new NativeBlock(RUSAGE_WORDS * Long.BYTES);
        long result = LibC.syscall(SystemCalls.GETRUSAGE, RUSAGE_SELF, usage.address, 0);
        Reference.reachabilityFence(usage);
        if (result < 0) {
            throw new LinuxException("getrusage", (int) -result);
        }
        long[] words = new long[RUSAGE_WORDS];
        usage.bytes.asLongBuffer().get(words);
        return words;
    }

    /** The name stands in parentheses and may itself contain spaces and parentheses: only the last one ends it. */
    static long parseStartTime(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ");
        return Long.parseLong(fields[START_TIME_BEHIND_NAME]);
    }

    /** The content, or empty if the process is not there, or not for us: no file, or ESRCH in the middle of reading. */
    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (FileSystemException e) {
            // Without a descriptor left, nothing is known.
            if (String.valueOf(e.getReason()).startsWith(TOO_MANY_FILES)) {
                throw new UncheckedIOException("cannot read " + file, e);
            }
            return "";
        } catch (IOException e) {
            return "";
        }
    }
}
