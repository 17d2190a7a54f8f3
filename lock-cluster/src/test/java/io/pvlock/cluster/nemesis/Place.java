package io.pvlock.cluster.nemesis;

import io.pvlock.cluster.history.Recording;
import io.pvlock.kit.ChildJvm;
import io.pvlock.linux.Processes;
import java.util.function.Supplier;

/** A place for a process of a host: whoever has it may be killed, and another one takes it. Keeps the record of what they say. */
final class Place {

    private final String name;
    private final Supplier<ChildJvm> starter;
    private final Recording recording;
    private final FencedStore store;

    private ChildJvm child;
    private Thread reader;
    private volatile boolean killed;
    private volatile boolean open;
    private volatile int served;
    private volatile Throwable failure;

    Place(String name, Supplier<ChildJvm> starter, Recording recording, FencedStore store) {
        this.name = name;
        this.starter = starter;
        this.recording = recording;
        this.store = store;
    }

    String name() {
        return name;
    }

    void start() {
        killed = false;
        open = false;
        child = starter.get();
        reader = new Thread(this::read, name);
        reader.setDaemon(true);
        reader.start();
    }

    /** With all that it has said before. */
    void kill() throws InterruptedException {
        if (!killed) {
            killed = true;
            child.kill();
            reader.join();
            child.close();
            recording.died(name);
        }
    }

    void stop() {
        Processes.kill(child.pid(), Processes.SIGSTOP);
    }

    void goOn() {
        Processes.kill(child.pid(), Processes.SIGCONT);
    }

    void slow(long millis) {
        child.send("slow " + millis);
    }

    boolean is(long pid) {
        return !killed && child.pid() == pid;
    }

    /** Whether it has become a member once. */
    boolean isOpen() {
        return open;
    }

    int served() {
        return served;
    }

    void forgetServed() {
        served = 0;
    }

    /** Fails if a rule was broken, or if it has ended though nobody has killed it. */
    void check() {
        if (failure != null) {
            throw new AssertionError(name + ": " + failure.getMessage(), failure);
        }
    }

    private void read() {
        ChildJvm mine = child;
        try {
            for (String line = mine.nextAnswer(); line != null; line = mine.nextAnswer()) {
                heard(mine, line.split(" "));
            }
            if (!killed) {
                throw new IllegalStateException("it has ended; it printed:\n" + mine.log());
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    private void heard(ChildJvm from, String[] words) {
        long token = words.length > 1 ? Long.parseLong(words[1]) : 0;
        switch (words[0]) {
            case "open" -> open = true;
            case "granted" -> {
                served++;
                recording.granted(
                        name,
                        token,
                        Boolean.parseBoolean(words[2]),
                        Boolean.parseBoolean(words[3]),
                        Long.parseLong(words[4]));
            }
            case "valid" -> recording.valid(token, Long.parseLong(words[2]));
            case "read" -> answer(from, token, store.read(token));
            case "write" -> answer(from, token, store.write(token, Long.parseLong(words[2])));
            case "releasing" -> recording.releasing(token, Boolean.parseBoolean(words[2]));
            case "released" -> recording.released(token, Boolean.parseBoolean(words[2]));
            default -> throw new IllegalStateException("it says " + String.join(" ", words));
        }
    }

    private void answer(ChildJvm to, long token, String answer) {
        if (answer.equals(FencedStore.REFUSED)) {
            recording.refused(token);
        }
        to.send(answer);
    }
}
