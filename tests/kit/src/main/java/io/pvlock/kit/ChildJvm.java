package io.pvlock.kit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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

/**
 * A child JVM, spoken to line by line. What it prints after {@link #MARK} is an answer, all else is kept for error messages. It is
 * killed when it is closed, when this JVM exits, and its main class ends it when its standard input does, so none is left behind.
 * {@link TestJvm} says with which flags it is started.
 */
public final class ChildJvm implements AutoCloseable {

    /** How an answer begins. */
    public static final String MARK = "> ";

    /** Watchdog of each single wait; slow machines take seconds, a hang takes for ever. */
    private static final long WATCHDOG_S = Await.WATCHDOG.toSeconds();

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

    /** Starts {@code main} as {@link TestJvm} does. */
    public static ChildJvm start(Class<?> main, Object... arguments) {
        return TestJvm.of(main).start(arguments);
    }

    /** Starts {@code main} under {@code wrapper}, a command that runs the command behind it. */
    public static ChildJvm start(List<String> wrapper, Class<?> main, Object... arguments) {
        return TestJvm.of(main).under(wrapper).start(arguments);
    }

    /** Starts {@code main} under {@code wrapper} with all compilers. */
    public static ChildJvm startOptimizing(List<String> wrapper, Class<?> main, Object... arguments) {
        return TestJvm.of(main).under(wrapper).optimizing().start(arguments);
    }

    /** Starts a program that is not Java, and speaks as one of these does. */
    public static ChildJvm start(Path program, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(List.of(arguments));
        return start(new ProcessBuilder(command));
    }

    /** Starts a JVM that the caller has put together. */
    public static ChildJvm start(ProcessBuilder builder) {
        try {
            Process process = builder.redirectErrorStream(true).start();
            ALL.add(process);
            return new ChildJvm(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int pid() {
        return Math.toIntExact(process.pid());
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** The processor time that it has used. */
    public long cpuMillis() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
    }

    // ---- to and fro

    public void send(String line) {
        in.println(line);
    }

    /** The next answer. */
    public String answer() throws InterruptedException {
        return next("with anything");
    }

    /** The next answer, which must begin with {@code prefix}; what follows it. */
    public String expect(String prefix) throws InterruptedException {
        String answer = next("'" + prefix + "'");
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

    private String next(String wanted) throws InterruptedException {
        String answer = answers.poll(WATCHDOG_S, TimeUnit.SECONDS);
        if (answer == null) {
            dumpThreads();
            throw failure("did not answer " + wanted + " within " + WATCHDOG_S + " s");
        }
        if (answer.equals(GONE)) {
            answers.add(GONE);
            throw failure("ended instead of answering " + wanted);
        }
        return answer;
    }

    /** The next answer, however long that takes; null if it has ended instead. For a thread that reads them all. */
    public String nextAnswer() throws InterruptedException {
        String answer = answers.take();
        if (answer.equals(GONE)) {
            answers.add(GONE);
            return null;
        }
        return answer;
    }

    // ---- its end

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

    /** Ends its input, after which it ends by itself; its exit status. */
    public int end() throws InterruptedException {
        in.close();
        return awaitExit();
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

    // ---- what it prints

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

    // SIGQUIT makes a JVM print its stacks. The shell's own kill: there need be no program of that name.
    private void dumpThreads() throws InterruptedException {
        try {
            if (process.isAlive()) {
                Command.run("sh", "-c", "kill -QUIT " + pid());
                TimeUnit.SECONDS.sleep(1);
            }
        } catch (IOException e) {
            log.add("no stacks: " + e);
        }
    }
}
