package io.pvlock.tools.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.tools.testing.HeldLock;
import io.pvlock.tools.watch.RegionWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a page is told of a region in which this thread holds "held" and others wait for it. */
@Timeout(180)
class SamplerTest {

    private static final Sample NONE = new Sample(0, "");

    @TempDir
    private Path directory;

    private Path file;
    private HeldLock held;
    private RegionWatch watch;
    private Sampler sampler;

    @BeforeEach
    void holdAndWait() {
        file = directory.resolve("region.pvl");
        held = new HeldLock(file, 3);
        watch = new RegionWatch(file, () -> LockRegion.openForReading(file));
        sampler = new Sampler(watch);
    }

    @AfterEach
    void letGo() {
        watch.close();
        held.close();
    }

    private Map<String, Object> sample() throws Exception {
        sampler.sample();
        return JSON.std.mapFrom(sampler.after(NONE, 0).json());
    }

    private static Map<?, ?> lock(Map<String, Object> sample, String name) {
        return ((List<?>) sample.get("locks"))
                .stream()
                        .map(lock -> (Map<?, ?>) lock)
                        .filter(lock -> lock.get("key").equals(name))
                        .findFirst()
                        .orElseThrow();
    }

    @Test
    void theQueueIsInOrder() throws Exception {
        Map<String, Object> sample = sample();
        assertThat(sample).containsEntry("state", "live").containsEntry("region", file.toString());
        assertThat(sample.get("threads")).hasToString("{attached=4, waiting=3, dead=0}");
        Map<?, ?> lock = lock(sample, HeldLock.NAME);
        assertThat(lock.get("queueLength")).isEqualTo(3);
        assertThat((List<?>) lock.get("queue"))
                .extracting(waiter -> (Object) ((Map<?, ?>) waiter).get("thread"))
                .containsExactly("waiter 1", "waiter 2", "waiter 3");
        assertThat(((Map<?, ?>) lock.get("owner")).get("alive")).isEqualTo(true);
    }

    @Test
    void whatIsWaitedForIsInFront() throws Exception {
        held.region().lock("a quiet one");
        assertThat((List<?>) sample().get("locks"))
                .extracting(lock -> (Object) ((Map<?, ?>) lock).get("key"))
                .containsExactly(HeldLock.NAME, "a quiet one");
    }

    @Test
    void foreignTextIsPrintable_butForTheKeyThatIsSentBack() throws Exception {
        String name = "<b>\u001b[2J\u202e\n";
        held.region().lock(name);
        held.await("\u0007thread");
        Map<String, Object> sample = sample();
        assertThat(lock(sample, name).get("name")).isEqualTo("<b>\\x1b[2J\\u202e\\x0a");
        assertThat((List<?>) lock(sample, HeldLock.NAME).get("queue"))
                .extracting(waiter -> (Object) ((Map<?, ?>) waiter).get("thread"))
                .endsWith("\\x07thread");
    }

    /** Else the whole message would end there. */
    @Test
    void aSampleIsOneLine() throws Exception {
        held.region().lock("line\nend");
        assertThat(sample()).isNotEmpty();
        assertThat(sampler.after(NONE, 0).json()).contains("line\\nend").doesNotContain("\n");
    }

    @Test
    void ratesAreOfWhatHappenedBetweenTwoLooks() throws Exception {
        SharedLock counted = held.region().lock("counted");
        for (int i = 0; i < 100; i++) {
            counted.acquire().close();
        }
        assertThat(rate(sample(), "counted")).as("before the first look").isZero();
        for (int i = 0; i < 50; i++) {
            counted.acquire().close();
        }
        assertThat(rate(sample(), "counted")).isPositive();
        assertThat(rate(sample(), "counted")).isZero();
        assertThat(column("counted", "acquisitions")).hasSize(3);
        assertThat(column("counted", "acquisitions").get(1).doubleValue()).isPositive();
        assertThat(column(null, "waiting")).extracting(Number::intValue).containsExactly(3, 3, 3);
    }

    private static double rate(Map<String, Object> sample, String name) {
        return ((Number) ((Map<?, ?>) lock(sample, name).get("now")).get("acquisitions")).doubleValue();
    }

    private List<Number> column(String lock, String name) throws IOException {
        return ((List<?>) JSON.std.mapFrom(sampler.history(lock)).get(name))
                .stream().map(Number.class::cast).toList();
    }

    @Test
    void historiesAreBounded() throws Exception {
        for (int i = 0; i < Series.MAX_POINTS + 5; i++) {
            sampler.sample();
        }
        assertThat(column(HeldLock.NAME, "at")).hasSize(Series.MAX_POINTS).isSorted();
        assertThat(column("no such lock", "at")).isEmpty();
    }

    @Test
    void locksThatAreShownAreBounded() throws Exception {
        for (int i = 0; i < Histories.MAX_SHOWN + 10; i++) {
            held.region().lock("quiet " + i);
        }
        Map<String, Object> sample = sample();
        assertThat((List<?>) sample.get("locks")).hasSize(Histories.MAX_SHOWN);
        assertThat(sample.get("lockCount")).isEqualTo(Histories.MAX_SHOWN + 11);
        assertThat(column("quiet 0", "at")).hasSize(1);
        assertThat(column("quiet 99", "at")).as("the last one by name").isEmpty();
    }

    @Test
    void aDeathIsAnEvent() throws Exception {
        Thread dead = new Thread(() -> held.region().lock("left").acquire());
        dead.start();
        dead.join();
        held.region().lock("left").acquire().close();
        Map<String, Object> sample = sample();
        assertThat((List<?>) sample.get("events"))
                .extracting(event -> ((Map<?, ?>) event).get("what") + " " + ((Map<?, ?>) event).get("death"))
                .contains("owner replaced true");
        assertThat(lock(sample, "left").get("deaths")).isEqualTo(1);
        assertThat(sample.get("deaths")).isEqualTo(1);
    }

    @Test
    void theEndOfTheRegionIsSaid() throws Exception {
        Files.delete(file);
        Map<String, Object> sample = sample();
        assertThat(sample).containsEntry("state", "gone");
        assertThat((String) sample.get("message")).contains("does not exist");
    }

    @Test
    void whoHasSeenTheNewestWaitsForTheNext() throws Exception {
        sampler.sample();
        Sample seen = sampler.after(NONE, 0);
        assertThat(seen.number()).isEqualTo(1);
        assertThat(sampler.after(seen, 1)).isSameAs(seen);
        sampler.sample();
        assertThat(sampler.after(seen, 1).number()).isEqualTo(2);
    }
}
