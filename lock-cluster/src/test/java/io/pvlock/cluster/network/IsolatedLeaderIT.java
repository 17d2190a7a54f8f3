package io.pvlock.cluster.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The leader of three servers is cut off together with a host. It goes on answering that host for some seconds, while the others elect
 * another leader and give the lock away: Curator's lock has two owners then.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class IsolatedLeaderIT {

    private static final int SERVERS = 3;

    @TempDir
    private Path directory;

    private Network network;
    private final List<Process> servers = new ArrayList<>();
    private final List<ChildJvm> children = new ArrayList<>();

    @BeforeEach
    void makeNetwork() throws IOException, InterruptedException {
        assumeTrue(
                Network.works(),
                "network namespaces cannot be made here: the isolated leader is not tested (root, iproute2)");
        network = new Network(SERVERS);
        for (int i = 1; i <= SERVERS; i++) {
            servers.add(server(i));
        }
    }

    @AfterEach
    void end() {
        children.forEach(ChildJvm::close);
        servers.forEach(server -> {
            server.descendants().forEach(ProcessHandle::destroyForcibly);
            server.destroyForcibly().onExit().join();
        });
        if (network != null) {
            network.close();
        }
    }

    private Process server(int number) throws IOException {
        Path data = Files.createDirectory(directory.resolve("server" + number));
        Files.writeString(data.resolve("myid"), Integer.toString(number));
        StringBuilder config = new StringBuilder("tickTime=500\ninitLimit=40\nsyncLimit=30\nclientPort=2181\ndataDir="
                + data + "\n4lw.commands.whitelist=srvr\nadmin.enableServer=false\n");
        for (int i = 1; i <= SERVERS; i++) {
            config.append("server." + i + "=" + Network.address(i) + ":2888:3888\n");
        }
        Path file = Files.writeString(data.resolve("zoo.cfg"), config);
        return TestJvm.of(QuorumPeerMain.class).under(network.on(number)).process(file);
    }

    private boolean isLeader(int machine) {
        List<String> line = new ArrayList<>(network.on(machine));
        line.addAll(List.of(
                "bash", "-c", "exec 3<>/dev/tcp/" + Network.address(machine) + "/2181; printf srvr >&3; cat <&3"));
        try {
            return Command.run(new ProcessBuilder(line)).output().contains("Mode: leader");
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private int findLeader() {
        int[] leader = new int[1];
        Await.until("there is a leader", () -> {
            for (int i = 1; i <= SERVERS; i++) {
                if (isLeader(i)) {
                    leader[0] = i;
                }
            }
            return leader[0] != 0;
        });
        return leader[0];
    }

    private ChildJvm host(String name, int machine, String connect) {
        ChildJvm child =
                ChildJvm.start(network.on(machine), BothLocks.class, connect, directory.resolve(name + ".pvl"), name);
        children.add(child);
        return child;
    }

    private static Map<String, Long> answers(ChildJvm child, int count) throws InterruptedException {
        Map<String, Long> answers = new HashMap<>();
        for (int i = 0; i < count; i++) {
            String[] words = child.answer().split(" ");
            answers.put(words[0], Long.parseLong(words[1]));
        }
        return answers;
    }

    @Test
    void leaderCutOffWithAHost_theLockHasNeverTwoOwners_butCuratorsHas() throws IOException, InterruptedException {
        int leader = findLeader();
        List<String> others = new ArrayList<>();
        for (int i = 1; i <= SERVERS; i++) {
            if (i != leader) {
                others.add(Network.address(i) + ":2181");
            }
        }
        ChildJvm inside = host("inside", leader, Network.address(leader) + ":2181");
        answers(inside, 2);
        ChildJvm outside = host("outside", 0, String.join(",", others));
        network.isolate(leader);

        Map<String, Long> until = answers(inside, 2);
        Map<String, Long> since = answers(outside, 2);
        long ours = since.get("ours-since") - until.get("ours-until");
        long theirs = since.get("theirs-since") - until.get("theirs-until");
        System.out.println("from the end of the one to the begin of the other, in ms: pvlock " + ours / 1_000_000
                + ", Curator " + theirs / 1_000_000);
        assertThat(ours).as("pvlock: the one has ended before the other began").isPositive();
        assertThat(theirs)
                .as("Curator: the other began before the one had ended")
                .isNegative();
    }
}
