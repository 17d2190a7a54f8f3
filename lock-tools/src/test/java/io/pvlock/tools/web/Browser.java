package io.pvlock.tools.web;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.Await;
import io.pvlock.kit.Command;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Chromium without a window. Only what is installed is used: nothing is fetched. */
final class Browser implements AutoCloseable {

    private static final String DRIVER = "/usr/bin/chromedriver";
    private static final String CHROMIUM = "/usr/bin/chromium";

    /** It says that it knows an older Chromium better. Kept here, or the setting would be lost with the logger. */
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

    private final ChromeDriver driver;

    Browser() {
        assumeTrue(
                Command.works(DRIVER, "--version") && Command.works(CHROMIUM, "--version"),
                "there is no Chromium: the page of pvlock web is in no browser (apt install chromium chromium-driver)");
        SELENIUM.setLevel(Level.SEVERE);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM);
        // The sandbox needs rights that a container has not, and no root.
        options.addArguments(
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars");
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(new File(DRIVER))
                .usingAnyFreePort()
                .build();
        driver = new ChromeDriver(service, options);
    }

    void open(String address, int width, int height) {
        // The size of what is shown; a window's has a frame.
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        driver.get(address);
    }

    /** As if the user liked dark pages, or light ones. */
    void prefer(String scheme) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** What {@code expression} is, in the page. */
    Object value(String expression) {
        return driver.executeScript("return " + expression);
    }

    String text(String selector) {
        return (String) value("document.querySelector('" + selector + "').textContent");
    }

    void click(String selector) {
        driver.executeScript("document.querySelector('" + selector + "').click()");
    }

    void await(String what, String condition) {
        Await.until(what, () -> Boolean.TRUE.equals(value(condition)));
    }

    /** All that the page has complained of: errors, and what its security policy has forbidden. */
    List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::toString)
                .toList();
    }

    void picture(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
    }

    @Override
    public void close() {
        driver.quit();
    }
}
