package io.pvlock.cluster.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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

    @TempDir
    private Path directory;

    private Network network;
    private Ensemble servers;
    private final List<ChildJvm> children = new ArrayList<>();

    @BeforeEach
    void makeNetwork() throws IOException, InterruptedException {
        assumeTrue(
                Network.works(),
                "network namespaces cannot be made here: the isolated leader is not tested (root, iproute2)");
        network = new Network(Ensemble.SIZE);
        servers = new Ensemble(network, directory);
    }

    @AfterEach
    void end() {
        children.forEach(ChildJvm::close);
        if (servers != null) {
            servers.close();
        }
        if (network != null) {
            network.close();
        }
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
        int leader = servers.awaitLeader();
        String others = servers.connect(server -> server != leader);
        ChildJvm inside = host("inside", leader, servers.connect(server -> server == leader));
        answers(inside, 2);
        ChildJvm outside = host("outside", 0, others);
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
