package io.pvlock.cluster.nemesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.cluster.history.History;
import io.pvlock.cluster.history.Recording;
import io.pvlock.cluster.network.Ensemble;
import io.pvlock.cluster.network.Loopback;
import io.pvlock.cluster.network.Machines;
import io.pvlock.cluster.network.Network;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Seeds;
import io.pvlock.kit.TestJvm;
import io.pvlock.linux.BootClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes of three hosts at three real servers, whatever fails; on machines with cables where this user may make them. {@code
 * -Dpvlock.cluster.faultSeconds=600} for longer.
 */
@Timeout(value = 12, unit = TimeUnit.HOURS)
class NemesisIT {

    private static final long FAULT_SECONDS = Long.getLong("pvlock.cluster.faultSeconds", 12);
    private static final int HOSTS = 3;
    private static final int PLACES = 2;
    private static final int LEAST_SERVED = 3;
    private static final boolean CABLES = Network.works();

    private final Recording recording = new Recording();
    private final FencedStore store = new FencedStore();
    private final List<Host> hosts = new ArrayList<>();

    @TempDir
    private Path directory;

    private String namespace;
    private Machines machines;
    private Ensemble servers;

    @BeforeEach
    void start(TestInfo test) throws IOException, InterruptedException {
        namespace = test.getTestMethod().orElseThrow().getName();
        machines = CABLES ? new Network(Ensemble.SIZE + HOSTS) : new Loopback();
        servers = new Ensemble(machines, directory);
    }

    @AfterEach
    void end() throws InterruptedException {
        for (Place place : places().toList()) {
            place.kill();
        }
        servers.close();
        machines.close();
    }

    private Stream<Place> places() {
        return hosts.stream().flatMap(host -> host.places().stream());
    }

    /** Starts all processes, and waits until they have begun. */
    private void startHosts(int count, Random seeds, boolean careless) {
        for (int h = 1; h <= count; h++) {
            String name = "h" + h;
            int machine = Ensemble.SIZE + h;
            Path region = directory.resolve(name + ".pvl");
            List<Place> places = new ArrayList<>();
            for (int p = 1; p <= PLACES; p++) {
                places.add(new Place(
                        name + "/p" + p,
                        () -> process(machine, region, name, seeds.nextLong(), careless),
                        recording,
                        store));
            }
            hosts.add(new Host(name, machine, region, places));
        }
        places().forEach(Place::start);
        awaitEach("has begun", Place::isOpen);
    }

    private ChildJvm process(int machine, Path region, String host, long seed, boolean careless) {
        return TestJvm.of(Contender.class)
                .under(machines.on(machine))
                .start(servers.connect(), namespace, region, host, seed, careless);
    }

    private void awaitEach(String what, Predicate<Place> condition) {
        places().forEach(place -> Await.until(place.name() + " " + what, () -> {
            place.check();
            return condition.test(place);
        }));
    }

    @Test
    void whateverFails_everyRuleHolds() throws IOException, InterruptedException {
        Random seeds = new Random(Seeds.of("NemesisIT", 14));
        startHosts(HOSTS, seeds, false);
        Optional<Network> network = CABLES ? Optional.of((Network) machines) : Optional.empty();
        Nemesis nemesis = new Nemesis(seeds.nextLong(), hosts, recording::holder, servers, network);
        nemesis.run(FAULT_SECONDS);

        // I6: from here on everybody is served.
        places().forEach(Place::forgetServed);
        awaitEach("is served after the faults", place -> place.served() >= LEAST_SERVED);
        // When all have been, nobody is told of anything any more; unless the machine is so busy that a host loses its
        // lease without a fault.
        long losses = losses();
        long calmNs = BootClock.nowNs();
        places().forEach(Place::forgetServed);
        awaitEach("is served in calm times", place -> place.served() >= LEAST_SERVED);
        for (Place place : places().toList()) {
            place.kill();
            place.check();
        }
        recording.check(losses() == losses ? calmNs : Long.MAX_VALUE);
        int faults =
                nemesis.injected().values().stream().mapToInt(Integer::intValue).sum();
        System.out.println(faults + " faults " + nemesis.injected() + ", " + recording.grants() + " grants, "
                + store.value() + " writes");
        assertThat(store.value()).isPositive();
    }

    private long losses() {
        return hosts.stream().mapToLong(Host::losses).sum();
    }

    /** The judge, and the faults, are good for something. */
    @Test
    void whoDoesNotAskWhetherTheLockIsItsOwn_isFoundOut() throws Exception {
        assumeTrue(CABLES, "network namespaces cannot be made here: no cable is cut by NemesisIT (root, iproute2)");
        startHosts(2, new Random(15), true);
        Await.until("a host has the lock", () -> !recording.holder().isEmpty());
        Host first = hosts.stream()
                .filter(host -> recording.holder().startsWith(host.name()))
                .findFirst()
                .orElseThrow();
        ((Network) machines).unplug(first.machine());
        Await.until("another one has it", () -> !recording.holder().startsWith(first.name()));
        long now = BootClock.nowNs();
        Await.until(
                "the first still says that it has it",
                () -> first.places().stream().anyMatch(place -> recording.lastValidNs(place.name()) > now));
        for (Place place : places().toList()) {
            place.kill();
        }
        assertThatThrownBy(() -> recording.check(Long.MAX_VALUE))
                .isInstanceOfSatisfying(
                        History.Violation.class, e -> assertThat(e.rule()).isIn("I1", "I2"));
    }
}
