package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.RegionEvent;
import io.pvlock.RegionOptions;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Team;
import io.pvlock.kit.TestJvm;
import io.pvlock.tools.http.RawHttp;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An owner is killed while this process waits: everything that shows deaths shows this one, and how soon is printed. */
@Timeout(600)
class DeathSeenIT {

    private static final String LOCK = "orders";

    @TempDir
    private Path directory;

    private Path file;
    private LockRegion region;
    private ChildJvm owner;
    private final List<Process> processes = new ArrayList<>();
    private final CountDownLatch over = new CountDownLatch(1);

    /** When it was seen, by whom. */
    private final Map<String, Long> seenNs = new ConcurrentHashMap<>();

    /** A process that holds the lock until it is killed. */
    public static final class Owner {

        private Owner() {}

        /** @param args the region */
        public static void main(String[] args) throws IOException {
            LockRegion region = LockRegion.open(Path.of(args[0]));
            region.lock(LOCK).acquire();
            System.out.println(ChildJvm.MARK + "holds");
            System.in.read();
        }
    }

    @BeforeEach
    void hold() throws Exception {
        file = directory.resolve("region.pvl");
        region = LockRegion.open(file, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
        owner = ChildJvm.start(Owner.class, file);
        owner.expect("holds");
    }

    @AfterEach
    void end() throws Exception {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        owner.close();
        region.close();
    }

    private void seen(String by) {
        seenNs.putIfAbsent(by, System.nanoTime());
    }

    /** What waits, and has the lock until the test is over. */
    private Void take() throws InterruptedException {
        try (LockGuard guard = region.lock(LOCK).acquire()) {
            seen("next owner");
            assertThat(guard.ownerDied()).isTrue();
            over.await();
        }
        return null;
    }

    private BufferedReader started(String... command) {
        List<Object> words = new ArrayList<>(List.of((Object[]) command));
        words.addAll(List.of("-f", file));
        Process process = TestJvm.of(Main.class).process(words.toArray());
        processes.add(process);
        return lines(process.getInputStream());
    }

    private static BufferedReader lines(InputStream in) {
        return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }

    private void await(String by, BufferedReader lines, String wanted) throws IOException {
        StringBuilder said = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.contains(wanted)) {
                seen(by);
                return;
            }
            said.append(line).append('\n');
        }
        throw new AssertionError(by + " ended without '" + wanted + "':\n" + said);
    }

    private boolean isExported(URI exporter) {
        try {
            return RawHttp.ask(exporter, "GET /metrics HTTP/1.1", "Host: localhost", "Connection: close")
                    .contains("pvlock_lock_owner_deaths_total{lock=\"" + LOCK + "\"} 1.0");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Handler logHandler() {
        return new Handler() {
            @Override
            public void publish(LogRecord record) {
                if (record.getMessage().contains("the owner of lock '" + LOCK + "' of " + file)) {
                    seen("log");
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
    }

    @Test
    void byAllWhoLook() throws Exception {
        Logger logger = Logger.getLogger("io.pvlock.events");
        Handler handler = logHandler();
        BufferedReader events = started("events", "--follow");
        URI exporter = URI.create(started("export").readLine());
        URI web = URI.create(started("web").readLine());
        assertThat(events.readLine()).contains("what");
        try (PseudoTerminal top = PseudoTerminal.run("top", "-f", file);
                Socket page = RawHttp.open(web, "GET /live HTTP/1.0", "Host: localhost");
                RecordingStream recording = new RecordingStream();
                Team team = new Team()) {
            logger.addHandler(handler);
            region.subscribe(event -> {
                if (event.type() == RegionEvent.Type.OWNER_REPLACED) {
                    seen("subscription");
                }
            });
            recording.enable("pvlock.OwnerDied");
            recording.onEvent("pvlock.OwnerDied", event -> {
                long agoNs = Duration.between(event.getEndTime(), Instant.now()).toNanos();
                seenNs.put("recording", System.nanoTime() - agoNs);
                seen("recording, told by a stream");
            });
            recording.startAsync();
            team.start("waiter", this::take);
            Await.until("it waits", () -> region.lock(LOCK).getQueueLength() == 1);
            top.await(" 1 waiting");
            BufferedReader samples = lines(page.getInputStream());
            await("page before", samples, "\"deaths\":0");
            assertThat(isExported(exporter)).isFalse();

            team.run("events", () -> await("events --follow", events, "owner replaced"));
            team.run("page", () -> await("page", samples, "\"deaths\":1"));
            team.run("metrics", () -> {
                Await.until("it is exported", () -> isExported(exporter));
                seen("metric");
            });
            team.run("top", () -> {
                top.await("held!");
                seen("top");
            });
            long killedNs = System.nanoTime();
            owner.kill();
            List<String> all = List.of(
                    "next owner",
                    "log",
                    "subscription",
                    "recording",
                    "recording, told by a stream",
                    "events --follow",
                    "metric",
                    "page",
                    "top");
            for (String by : all) {
                Await.until("it is seen: " + by, () -> seenNs.containsKey(by));
            }
            over.countDown();
            System.out.println("a death is seen after: "
                    + all.stream()
                            .map(by -> by + " " + (seenNs.get(by) - killedNs) / 1_000_000 + " ms")
                            .collect(Collectors.joining(", ")));
        } finally {
            over.countDown();
            logger.removeHandler(handler);
        }
    }
}
