package io.pvlock.tests.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sizes in docs/embedding.md are those of files, and of objects, that are made. */
class SizingTest {

    private static final Path DOCUMENT = Documents.ROOT.resolve("docs/embedding.md");
    private static final Pattern WANTED = Pattern.compile(", (\\d+) more are asked for");

    /** By the beginning of their row; with sizes of the user's as the row's own columns have them. */
    private static final Map<String, Consumer<LockRegion>> OBJECTS = objects();

    @TempDir
    private Path directory;

    private int files;

    @Test
    void files_areAsLongAsTheTableSays() throws IOException {
        List<List<String>> rows =
                Documents.table(DOCUMENT, "maxProcesses | maxVcpus | maxLocks | objectBytes | dataBytes");
        assertThat(rows).hasSizeGreaterThan(3);
        List<List<String>> measured = new ArrayList<>();
        for (List<String> row : rows) {
            RegionOptions options = RegionOptions.defaults()
                    .maxProcesses(Integer.parseInt(row.get(0)))
                    .maxVcpus(Integer.parseInt(row.get(1)))
                    .maxLocks(Integer.parseInt(row.get(2)))
                    .objectBytes(Integer.parseInt(row.get(3)))
                    .dataBytes(Integer.parseInt(row.get(4)));
            List<String> is = new ArrayList<>(row.subList(0, 5));
            is.add(Long.toString(bytes(options)));
            assertThat(formula(options)).as("formula for %s", row).isEqualTo(bytes(options));
            measured.add(is);
        }
        assertThat(rows).isEqualTo(measured);
    }

    @Test
    void objects_takeWhatTheTableSays() {
        List<List<String>> rows = Documents.table(DOCUMENT, "object | bytes | maxVcpus 64 | maxVcpus 1024");
        assertThat(rows).hasSize(OBJECTS.size());
        List<List<String>> measured = new ArrayList<>();
        for (List<String> row : rows) {
            Consumer<LockRegion> make = OBJECTS.get(row.get(0));
            assertThat(make).as("how to make a %s", row.get(0)).isNotNull();
            measured.add(List.of(row.get(0), row.get(1), extent(64, make), extent(1024, make)));
        }
        assertThat(rows).isEqualTo(measured);
    }

    private static Map<String, Consumer<LockRegion>> objects() {
        Map<String, Consumer<LockRegion>> objects = new LinkedHashMap<>();
        objects.put("lock", region -> region.lock("x"));
        objects.put(
                "condition, named or a lock's own", region -> region.lock("x").newCondition());
        objects.put("semaphore", region -> region.semaphore("x", 1));
        objects.put("read-write lock", region -> region.readWriteLock("x"));
        objects.put("lock array of n = 1,000", region -> region.lockArray("x", 1_000));
        objects.put("sequence lock", region -> region.sequenceLock("x"));
        objects.put("record of b = 100 bytes", region -> region.record("x", 100));
        objects.put("counter", region -> region.counter("x", 1, null));
        objects.put("statistics counter", region -> region.localCounter("x"));
        objects.put("local data of b = 100 bytes", region -> region.localData("x", 100, (vcpu, data) -> {}));
        return objects;
    }

    private static long formula(RegionOptions options) {
        long locks = options.maxLocks();
        return page(4096)
                + page(128L * options.maxProcesses())
                + page(768L * options.maxVcpus())
                + page(64 + 16 * powerOfTwo(4L * options.maxVcpus()))
                + page(16 * powerOfTwo(2 * locks))
                + page(96 * locks)
                + page(128 * locks)
                + page(192 + 64L * options.eventCapacity())
                + page(1024 * Math.min(locks, 1024))
                + page(options.objectBytes())
                + page(options.dataBytes());
    }

    private static long page(long bytes) {
        return (bytes + 4095) / 4096 * 4096;
    }

    private static long powerOfTwo(long n) {
        return Long.highestOneBit(n - 1) << 1;
    }

    private long bytes(RegionOptions options) throws IOException {
        Path path = newFile();
        LockRegion.open(path, options).close();
        long bytes = Files.size(path);
        Files.delete(path);
        return bytes;
    }

    /** In a region without any room for objects the message says how much is wanted. */
    private String extent(int maxVcpus, Consumer<LockRegion> make) {
        RegionOptions options =
                RegionOptions.defaults().maxVcpus(maxVcpus).maxLocks(8).objectBytes(0);
        try (LockRegion region = LockRegion.open(newFile(), options)) {
            RegionException full = catchThrowableOfType(RegionException.class, () -> make.accept(region));
            if (full == null) {
                return "0";
            }
            Matcher wanted = WANTED.matcher(full.getMessage());
            assertThat(wanted.find()).as(full.getMessage()).isTrue();
            return wanted.group(1);
        }
    }

    private Path newFile() {
        return directory.resolve("region" + files++ + ".pvl");
    }
}
