package io.pvlock.tools.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where and with what it was measured: without that a figure says nothing. */
public final class Context {

    private Context() {}

    /** By name, in order: commit, processor, processors, system, JVM, load average. */
    public static Map<String, String> now() {
        Map<String, String> context = new LinkedHashMap<>();
        context.put("commit", commit());
        context.put("processor", processor());
        context.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        context.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        context.put("jvm", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        context.put(
                "load average",
                Double.toString(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        return context;
    }

    private static String processor() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }

    /** Of the checkout in which this code was built; "unknown" outside of one. */
    private static String commit() {
        try {
            Path code = Path.of(Context.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Process git = new ProcessBuilder("git", "describe", "--always", "--dirty", "--exclude=*")
                    .directory(code.getParent().toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            return git.waitFor() == 0 ? said : "unknown";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        } catch (Exception e) {
            return "unknown";
        }
    }
}
