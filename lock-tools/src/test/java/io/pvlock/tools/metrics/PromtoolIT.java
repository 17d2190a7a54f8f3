package io.pvlock.tools.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import io.pvlock.tools.Main;
import io.pvlock.tools.testing.HeldLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Prometheus itself, by its tool, takes what is exported; and the dashboard's queries and the document's alerts, of what is exported. */
@Timeout(300)
class PromtoolIT {

    private static final Pattern SAMPLE = Pattern.compile("^(pvlock_\\w+?)(?:\\{(.*)})? (\\S+)$", Pattern.MULTILINE);

    @TempDir
    private Path directory;

    private String exported;

    @BeforeEach
    void export() throws Exception {
        assumeTrue(
                Command.works("promtool", "--version"),
                "there is no promtool: queries and alerts are not tried (apt install prometheus)");
        Path file = directory.resolve("region.pvl");
        try (HeldLock held = new HeldLock(file, 2)) {
            held.letGo();
            exported = TestJvm.of(Main.class)
                    .run("export", "--once", "-f", file)
                    .ok()
                    .out();
        }
    }

    private Path written(String name, String text) throws Exception {
        return Files.writeString(directory.resolve(name), text);
    }

    @Test
    void whatIsExportedIsInGoodOrder() throws Exception {
        Path file = written("exported.txt", exported);
        assertThat(Command.run("sh", "-c", "promtool check metrics < " + file).text())
                .isEmpty();
    }

    @Test
    void theAlertsOfTheDocumentAreRules() throws Exception {
        String document = Files.readString(Path.of("../docs/monitoring.md"));
        Matcher block =
                Pattern.compile("```yaml\n(- alert:.*?)```", Pattern.DOTALL).matcher(document);
        assertThat(block.find()).isTrue();
        Path file = written(
                "alerts.yml",
                "groups:\n- name: pvlock\n  rules:\n" + block.group(1).indent(2));
        assertThat(Command.run("promtool", "check", "rules", file.toString()).text())
                .contains("5 rules found");
    }

    /** Counters grow by one from each scrape to the next, so what asks for a change has an answer, too. */
    @Test
    void everyQueryOfTheDashboardHasAnAnswer() throws Exception {
        List<String> queries = new ArrayList<>();
        queries(JSON.std.anyFrom(Files.readString(Path.of("src/main/grafana/pvlock.json"))), queries);
        assertThat(queries).hasSizeGreaterThan(12);
        StringBuilder test = new StringBuilder("tests:\n- interval: 10s\n  input_series:\n");
        Matcher samples = SAMPLE.matcher(exported);
        while (samples.find()) {
            if (!samples.group(3).equals("NaN")) {
                String labels = samples.group(2) == null ? "" : "," + samples.group(2);
                test.append("  - series: '%s{instance=\"here\"%s}'\n".formatted(samples.group(1), labels))
                        .append("    values: '%s+%sx400'\n"
                                .formatted(samples.group(3), samples.group(1).endsWith("_total") ? "1" : "0"));
            }
        }
        test.append("  promql_expr_test:\n");
        for (String query : queries) {
            String asked =
                    query.replace("$instance", ".*").replace("$lock", ".*").replace("$__rate_interval", "1m");
            assertThat(asked).doesNotContain("$");
            test.append("  - expr: 'count(%s) > bool 0'\n".formatted(asked))
                    .append("    eval_time: 65m\n    exp_samples:\n    - {labels: '{}', value: 1}\n");
        }
        Path file = written("queries.yml", test.toString());
        assertThat(Command.run("promtool", "test", "rules", file.toString()).text())
                .contains("SUCCESS");
    }

    private static void queries(Object json, List<String> found) {
        if (json instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                if (key.equals("expr")) {
                    found.add((String) value);
                }
                queries(value, found);
            });
        } else if (json instanceof Collection<?> collection) {
            collection.forEach(value -> queries(value, found));
        }
    }
}
