package io.pvlock.tools.scorecard;

import io.pvlock.tools.worker.Quiet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process with a lock of Java that is killed. It is told by lines on its standard input what to do, and ends with that; its answers
 * are on the board. {@code victims.c} is the same in C.
 */
public final class RivalWorker {

    private static final long HOLD_NS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long THINK_NS = TimeUnit.MICROSECONDS.toNanos(50);

    private final String rival;
    private final BlockingQueue<String> commands = new LinkedBlockingQueue<>();
    private int member;
    private KillBoard board;
    private RivalLock lock;

    private RivalWorker(String rival) {
        this.rival = rival;
    }

    /** @param args the name of the lock */
    public static void main(String[] args) {
        Quiet.events();
        RivalWorker worker = new RivalWorker(args[0]);
        new Thread(worker::work, "user of the lock").start();
        worker.readCommands();
    }

    /** Here, and not where somebody may wait for ever: the end of the input must end this process. */
    private void readCommands() {
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                commands.add(line);
            }
        } catch (IOException e) {
            // As good as its end.
        }
        Runtime.getRuntime().halt(0);
    }

    private void work() {
        try {
            boolean goesOn = true;
            while (goesOn) {
                goesOn = run(commands.take());
            }
        } catch (Exception e) {
            if (board == null) {
                e.printStackTrace();
                Runtime.getRuntime().halt(1);
            }
            board.state(member, KillBoardDescriptor.FAILED);
        }
    }

    /** Whether there is more to do for this thread. */
    private boolean run(String command) throws IOException {
        String[] words = command.split(" ", 4);
        switch (words[0]) {
            case "OPEN" -> open(Integer.parseInt(words[1]), Path.of(words[3]));
            case "HOLD" -> {
                enter();
                board.halfWrite();
            }
            case "RELEASE" -> leave();
            case "PASS" -> pass();
            case "LOOP" -> {
                while (!board.isStopped()) {
                    pass();
                    LockSupport.parkNanos(THINK_NS);
                }
                board.state(member, KillBoardDescriptor.READY);
            }
            case "LEAVE" -> {
                enter();
                board.halfWrite();
                return false;
            }
            default -> throw new IllegalArgumentException(command);
        }
        return true;
    }

    private void open(int index, Path directory) throws IOException {
        member = index;
        board = null;
        lock = RivalLock.open(rival, directory, index);
        board = KillBoard.open(directory);
        board.state(member, KillBoardDescriptor.READY);
    }

    private void pass() {
        enter();
        board.halfWrite();
        LockSupport.parkNanos(HOLD_NS);
        leave();
    }

    private void enter() {
        board.state(member, KillBoardDescriptor.WAITING);
        boolean told = lock.take();
        board.enter(member, told);
    }

    private void leave() {
        board.leave(member);
        lock.unlock();
        board.passed(member);
    }
}
