package io.pvlock.tools.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.RegionView;
import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.ProcessState;
import io.pvlock.kit.TestJvm;
import io.pvlock.linux.Processes;
import io.pvlock.tools.Main;
import io.pvlock.tools.testing.BusyRegion;
import io.pvlock.tools.testing.HeldLock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code pvlock web} as a process, in a browser, and a region in which other processes are busy. */
@Timeout(900)
class WebPageIT {

    /** Of people to look at; docs/images has some of them. */
    private static final Path PICTURES = Path.of("target/web");

    private static final String LOCKS_SHOWN = "document.querySelectorAll('#lock-rows tr').length";

    /** Pixels that are not transparent, of all canvases. */
    private static final String DRAWN = "[...document.querySelectorAll('canvas')].map(canvas => canvas.getContext('2d')"
            + ".getImageData(0, 0, canvas.width, canvas.height).data.filter((byte, i) => i % 4 === 3 && byte > 0).length)";

    @TempDir
    private Path directory;

    private Path file;
    private Browser browser;
    private Process web;

    @BeforeEach
    void startBrowser() {
        file = directory.resolve("desk.pvl");
        browser = new Browser();
    }

    @AfterEach
    void endAll() throws InterruptedException {
        if (browser != null) {
            browser.close();
        }
        if (web != null) {
            web.destroy();
            web.waitFor();
        }
    }

    private void open(int width, int height) throws IOException {
        web = TestJvm.of(Main.class).process("web", "-f", file);
        BufferedReader out = new BufferedReader(new InputStreamReader(web.getInputStream(), StandardCharsets.UTF_8));
        String address = out.readLine();
        assertThat(address).matches("http://127\\.0\\.0\\.1:\\d+/");
        browser.open(address, width, height);
        browser.await("there is a sample", "document.getElementById('state').dataset.state === 'live'");
    }

    private ChildJvm busy(int seed) throws InterruptedException {
        ChildJvm child = ChildJvm.start(BusyRegion.class, file, 5, seed);
        child.expect("busy");
        return child;
    }

    @Test
    void aBusyRegionIsDrawn_andGoesOn() throws Exception {
        try (ChildJvm first = busy(1);
                ChildJvm second = busy(2)) {
            open(1280, 900);
            browser.await("all locks", LOCKS_SHOWN + " === " + (BusyRegion.LOCKS.size() + 1));
            browser.await("a queue", "document.querySelectorAll('#queue li').length > 1");
            browser.await("some time is seen", "document.querySelectorAll('canvas').length === 4");
            browser.click("#lock-rows tr");
            assertThat(browser.text("#detail-title")).isEqualTo("All locks");
            browser.await("lines in the chart of acquisitions", DRAWN + "[0] > 1000");

            killHolding(first);
            browser.await(
                    "its death is seen", "document.querySelectorAll('#event-rows tr[data-state=dead]').length > 0");
            browser.await("rates go on", "document.getElementById('acquisitions').textContent !== '0'");
            assertThat(second.isAlive()).isTrue();
            assertThat(browser.complaints()).isEmpty();
            pictures();
        }
    }

    /** Only of one that holds a lock, or that somebody waits behind, a death is sure to be seen. */
    private void killHolding(ChildJvm child) throws Exception {
        try (RegionView view = LockRegion.openForReading(file)) {
            Await.until("it stands still and holds a lock", () -> {
                Processes.kill(child.pid(), Processes.SIGSTOP);
                Await.until("it stands still", () -> ProcessState.isStopped(child.pid()));
                boolean holds = view.locks().stream()
                        .anyMatch(lock -> lock.owner()
                                .filter(owner -> owner.pid() == child.pid())
                                .isPresent());
                if (!holds) {
                    Processes.kill(child.pid(), Processes.SIGCONT);
                }
                return holds;
            });
        }
        child.kill();
    }

    private void pictures() throws IOException {
        browser.picture(PICTURES.resolve("all-light.png"));
        browser.click("#lock-rows tr:nth-child(2)");
        browser.await("its points are there", "document.querySelectorAll('#queue li').length > 0");
        browser.prefer("dark");
        browser.picture(PICTURES.resolve("lock-dark.png"));
        browser.prefer("light");
        browser.picture(PICTURES.resolve("lock-light.png"));
    }

    @Test
    void aNarrowPageHasAllBelowEachOther() throws Exception {
        try (ChildJvm busy = busy(3)) {
            open(400, 900);
            browser.await("all locks", LOCKS_SHOWN + " === " + (BusyRegion.LOCKS.size() + 1));
            assertThat(browser.value("document.documentElement.scrollWidth")).isEqualTo(400L);
            assertThat(browser.value("Math.max(...[...document.querySelectorAll('canvas')].map(c => c.clientWidth))"))
                    .asString()
                    .matches("3\\d\\d");
            browser.picture(PICTURES.resolve("narrow.png"));
            assertThat(busy.isAlive()).isTrue();
        }
    }

    @Test
    void thePageSaysThatItsRegionHasGone_andGoesOnWithTheNext() throws Exception {
        HeldLock held = new HeldLock(file, 2);
        open(1280, 900);
        assertThat(browser.text("#queue")).contains("waiter 1").contains("waiter 2");
        held.close();
        Files.delete(file);
        browser.await("it is said", "document.getElementById('state').dataset.state === 'gone'");
        assertThat(browser.text("#notice")).contains(file + " does not exist");
        assertThat(browser.value("document.getElementById('notice').hidden")).isEqualTo(false);
        try (LockRegion next = LockRegion.open(file, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN))) {
            next.lock("next");
            browser.await("it goes on", "document.getElementById('state').dataset.state === 'live'");
            assertThat(browser.text("#lock-rows")).contains("next");
            assertThat(browser.value("document.getElementById('notice').hidden"))
                    .isEqualTo(true);
        }
    }

    @Test
    void thePageSaysThatTheServerHasGone() throws Exception {
        new HeldLock(file, 0).close();
        open(1280, 900);
        web.destroy();
        browser.await("it is said", "document.getElementById('state').dataset.state === 'lost'");
        assertThat(browser.text("#notice")).contains("pvlock web has ended");
    }

    @Test
    void foreignTextIsText() throws Exception {
        String name = "<img src=x onerror=window.broken=1><script>window.broken=1</script>\u202e";
        try (HeldLock held = new HeldLock(file, 0)) {
            held.await("<b>thread</b>\u001b");
            held.region().lock(name);
            open(1280, 900);
            browser.await("two locks and all", LOCKS_SHOWN + " === 3");
            assertThat(browser.text("#lock-rows tr:nth-child(3) button")).isEqualTo(name.replace("\u202e", "\\u202e"));
            assertThat(browser.text("#queue")).contains("<b>thread</b>\\x1b");
            browser.click("#lock-rows tr:nth-child(3)");
            assertThat(browser.text("#detail-title")).startsWith("<img src=x");
            assertThat(browser.value("window.broken === undefined && document.images.length === 0"))
                    .isEqualTo(true);
            assertThat(browser.complaints()).isEmpty();
        }
    }
}
