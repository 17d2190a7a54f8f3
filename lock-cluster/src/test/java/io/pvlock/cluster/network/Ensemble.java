package io.pvlock.cluster.network;

import io.pvlock.kit.Await;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;

/** Three ZooKeeper servers, each a process on a machine of its own: 1, 2 and 3. */
public final class Ensemble implements AutoCloseable {

    public static final int SIZE = 3;
    public static final int TICK_MS = 500;

    private static final String PORT = ":2181";

    private final Machines machines;
    private final Path directory;
    private final Process[] servers = new Process[SIZE + 1];

    public Ensemble(Machines machines, Path directory) {
        this.machines = machines;
        this.directory = directory;
        for (int i = 1; i <= SIZE; i++) {
            configure(i);
            start(i);
        }
    }

    private void configure(int number) {
        StringBuilder config = new StringBuilder("tickTime=" + TICK_MS
                + "\ninitLimit=40\nsyncLimit=30\nclientPort=2181\nclientPortAddress=" + machines.address(number)
                + "\nmaxClientCnxns=0\n4lw.commands.whitelist=srvr\nadmin.enableServer=false\ndataDir="
                + data(number) + "\n");
        for (int i = 1; i <= SIZE; i++) {
            config.append("server." + i + "=" + machines.address(i) + ":2888:3888\n");
        }
        try {
            Files.createDirectory(data(number));
            Files.writeString(data(number).resolve("myid"), Integer.toString(number));
            Files.writeString(config(number), config);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path data(int number) {
        return directory.resolve("server" + number);
    }

    private Path config(int number) {
        return data(number).resolve("zoo.cfg");
    }

    /** Where all servers listen. */
    public String connect() {
        return connect(server -> true);
    }

    /** Where those listen. */
    public String connect(IntPredicate these) {
        return IntStream.rangeClosed(1, SIZE)
                .filter(these)
                .mapToObj(server -> machines.address(server) + PORT)
                .collect(Collectors.joining(","));
    }

    /** Starts a server, again or for the first time. */
    public void start(int server) {
        // What was written survives the process, if not the machine: nobody cuts the power here.
        servers[server] = TestJvm.of(QuorumPeerMain.class)
                .under(machines.on(server))
                .with("-Dzookeeper.forceSync=no")
                .process(config(server));
    }

    public void kill(int server) {
        servers[server].descendants().forEach(ProcessHandle::destroyForcibly);
        servers[server].destroyForcibly().onExit().join();
    }

    public int pid(int server) {
        return Math.toIntExact(servers[server].pid());
    }

    /** The leader, if one says now that it is: one that has lost the others may say so, too. */
    public OptionalInt leader() {
        return IntStream.rangeClosed(1, SIZE).filter(this::isLeader).findFirst();
    }

    public int awaitLeader() {
        int[] found = new int[1];
        Await.until("there is a leader", () -> (found[0] = leader().orElse(0)) != 0);
        return found[0];
    }

    private boolean isLeader(int server) {
        List<String> line = new ArrayList<>(machines.on(server));
        // One that is stopped never answers.
        line.addAll(List.of(
                "timeout",
                "2",
                "bash",
                "-c",
                "exec 3<>/dev/tcp/" + machines.address(server) + "/2181; printf srvr >&3; cat <&3"));
        try {
            return Command.run(new ProcessBuilder(line)).output().contains("Mode: leader");
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        for (int i = 1; i <= SIZE; i++) {
            if (servers[i] != null) {
                kill(i);
            }
        }
    }
}
