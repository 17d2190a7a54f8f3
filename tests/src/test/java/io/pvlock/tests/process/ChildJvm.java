package io.pvlock.tests.process;

import io.pvlock.linux.Processes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A child JVM of the same Java, class path and flags as this one, spoken to line by line. What it prints after
 * {@link #MARK} is an answer, all else is kept for error messages. It is killed when it is closed, when this JVM exits, and
 * its main class ends it when its standard input does, so none is left behind.
 */
public final class ChildJvm implements AutoCloseable {

    /** How an answer begins. */
    public static final String MARK = "> ";

    /** Watchdog of each single wait; slow machines take seconds, a hang takes for ever. */
    private static final long WATCHDOG_S = Long.getLong("pvlock.test.watchdogSeconds", 180);

    private static final int LOG_LINES = 200;
    private static final String GONE = "\0gone";
    private static final Set<Process> ALL = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ALL.forEach(ChildJvm::destroy)));
    }

    private final Process process;
    private final PrintStream in;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final ConcurrentLinkedDeque<String> log = new ConcurrentLinkedDeque<>();

    private ChildJvm(Process process) {
        this.process = process;
        this.in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        Thread reader = new Thread(this::read, "output of " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts {@code main} with the flags of every process that opens a region, for a short life: the quick compiler only. */
    public static ChildJvm start(Class<?> main, String... args) {
        return start(List.of(), main, args);
    }

    /** Starts {@code main} under {@code prefix}, a command that runs the command behind it. */
    public static ChildJvm start(List<String> prefix, Class<?> main, String... args) {
        return start(prefix, List.of("-XX:TieredStopAtLevel=1"), main, args);
    }

    /** Starts {@code main} with all compilers: where it matters what they make of the code. */
    public static ChildJvm startOptimizing(List<String> prefix, Class<?> main, String... args) {
        return start(prefix, List.of(), main, args);
    }

    private static ChildJvm start(List<String> prefix, List<String> flags, Class<?> main, String... args) {
        List<String> command = new ArrayList<>(prefix);
        command.add(java());
        command.add("@" + System.getProperty("pvlock.jvm.flags.file"));
        // Small and quick to start: there are many at once.
        command.addAll(List.of("-Xshare:auto", "-XX:+UseSerialGC", "-Xmx64m"));
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(args));
        return start(new ProcessBuilder(command));
    }

    /** Starts a command of one's own. */
    public static ChildJvm start(ProcessBuilder builder) {
        try {
            Process process = builder.redirectErrorStream(true).start();
            ALL.add(process);
            return new ChildJvm(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The java that runs this test. */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    public int pid() {
        return Math.toIntExact(process.pid());
    }

    /** The processor time that it has used. */
    public long cpuMillis() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
    }

    public void send(String line) {
        in.println(line);
    }

    /** The next answer, which must begin with {@code prefix}; what follows it. */
    public String expect(String prefix) throws InterruptedException {
        String answer = answers.poll(WATCHDOG_S, TimeUnit.SECONDS);
        if (answer == null) {
            dumpThreads();
            throw failure("did not answer '" + prefix + "' within " + WATCHDOG_S + " s");
        }
        if (answer.equals(GONE)) {
            answers.add(GONE);
            throw failure("ended instead of answering '" + prefix + "'");
        }
        if (!answer.startsWith(prefix)) {
            throw failure("answered '" + answer + "' instead of '" + prefix + "'");
        }
        return answer.substring(prefix.length()).trim();
    }

    public String ask(String line, String prefix) throws InterruptedException {
        send(line);
        return expect(prefix);
    }

    public boolean hasAnswered() {
        return !answers.isEmpty();
    }

    /** Kills it and waits until it is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        awaitExit();
    }

    /** Waits until it has ended by itself; its exit status. */
    public int awaitExit() throws InterruptedException {
        if (!process.waitFor(WATCHDOG_S, TimeUnit.SECONDS)) {
            dumpThreads();
            throw failure("did not end within " + WATCHDOG_S + " s");
        }
        return process.exitValue();
    }

    /** Stops it, as a debugger or Ctrl-Z would, and returns when every thread of it is stopped. */
    public void suspend() throws InterruptedException {
        Processes.kill(pid(), Processes.SIGSTOP);
        await("stopped", this::isStopped);
    }

    public void resume() {
        Processes.kill(pid(), Processes.SIGCONT);
    }

    private boolean isStopped() {
        try (var tasks = Files.list(Path.of("/proc/" + pid() + "/task"))) {
            return tasks.allMatch(task -> stateOf(task) == 'T');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static char stateOf(Path task) {
        try {
            String stat = Files.readString(task.resolve("stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return 'T'; // it has ended
        }
    }

    /** Waits, with the watchdog, until {@code condition} holds. */
    public static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(WATCHDOG_S)) {
                throw new AssertionError("not " + what + " within " + WATCHDOG_S + " s");
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    // A command run by another may outlive it.
    private static void destroy(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public void close() {
        destroy(process);
        try {
            process.waitFor(WATCHDOG_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ALL.remove(process);
    }

    private void read() {
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(MARK)) {
                    answers.add(line.substring(MARK.length()));
                } else {
                    log.add(line);
                    if (log.size() > LOG_LINES) {
                        log.poll();
                    }
                }
            }
        } catch (IOException e) {
            log.add("reading its output failed: " + e);
        } finally {
            answers.add(GONE);
        }
    }

    /** What it has printed that was no answer. */
    public String log() {
        return String.join("\n", log);
    }

    private AssertionError failure(String what) {
        return new AssertionError("child " + pid() + " " + what + "; it printed:\n" + log());
    }

    // SIGQUIT makes a JVM print its stacks.
    private void dumpThreads() throws InterruptedException {
        if (process.isAlive()) {
            Processes.kill(pid(), 3);
            TimeUnit.SECONDS.sleep(1);
        }
    }
}
