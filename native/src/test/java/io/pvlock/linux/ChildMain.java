package io.pvlock.linux;

import io.pvlock.kit.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** What the child processes of the tests do: one command each, then a line, then wait for lines or for the end. */
final class ChildMain {
    private static final BlockingQueue<String> INPUT = new LinkedBlockingQueue<>();

    private ChildMain() {}

    public static void main(String[] args) throws Exception {
        Thread reader = new Thread(ChildMain::readInput, "input");
        reader.setDaemon(true);
        reader.start();
        switch (args[0]) {
            case "hold-mutex":
                holdMutex(Path.of(args[1]), Integer.parseInt(args[2]));
                break;
            case "hold-byte":
                holdByte(Path.of(args[1]), Long.parseLong(args[2]));
                break;
            case "query-byte":
                queryByte(Path.of(args[1]), Long.parseLong(args[2]));
                break;
            case "wake":
                wake(Path.of(args[1]), Integer.parseInt(args[2]));
                break;
            case "load":
                load();
                break;
            case "backend":
                backend();
                break;
            case "probe":
                Linux.ensureLoaded();
                say("waitv " + Futex.waitvSupported() + " " + Futex.waitvProblem());
                say("robust " + RobustMutex.supported());
                break;
            case "rename":
                Files.writeString(Path.of("/proc/self/comm"), args[1]);
                say("renamed");
                INPUT.take();
                break;
            case "idle":
                say("idle");
                INPUT.take();
                break;
            default:
                throw new IllegalArgumentException(args[0]);
        }
    }

    private static void holdMutex(Path file, int offset) throws InterruptedException {
        SharedWords words = SharedWords.map(file);
        int result = RobustMutex.lock(words.address(offset));
        say("locked " + result + " " + Threads.gettid());
        INPUT.take();
        say("unlocked " + RobustMutex.unlock(words.address(offset)));
    }

    private static void holdByte(Path path, long offset) throws InterruptedException {
        try (NativeFile file = NativeFile.open(path)) {
            say("locked " + OfdLock.tryLock(file, offset, 1));
            INPUT.take();
        }
    }

    private static void queryByte(Path path, long offset) {
        try (NativeFile file = NativeFile.open(path)) {
            say("locked by other " + OfdLock.isLockedByOther(file, offset));
        }
    }

    /** Stores 1 and wakes until somebody was woken. */
    private static void wake(Path file, int offset) throws InterruptedException {
        SharedWords words = SharedWords.map(file);
        Linux.ensureLoaded();
        say("ready");
        INPUT.take();
        words.set(offset, 1);
        say("woken " + Futex.wake(words.address(offset), 1));
    }

    private static void load() {
        for (int i = 0; i < 2; i++) {
            try {
                Linux.ensureLoaded();
                say("loaded");
            } catch (LinuxUnsupportedException e) {
                say("unsupported: " + e.getMessage());
            }
        }
    }

    private static void backend() {
        try {
            Linux.ensureLoaded();
            say(Linux.backend());
        } catch (LinuxUnsupportedException e) {
            say("unsupported: " + e.getMessage());
        }
    }

    private static void say(String line) {
        System.out.println(ChildJvm.MARK + line);
        System.out.flush();
    }

    /** The end of input is the end of the parent: no child outlives it, whatever it waits for. */
    private static void readInput() {
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                INPUT.add(line);
            }
        } catch (IOException e) {
            System.err.println("input: " + e);
        }
        Runtime.getRuntime().halt(0);
    }
}
