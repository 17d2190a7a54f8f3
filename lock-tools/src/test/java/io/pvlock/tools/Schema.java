package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code docs/pvlock.schema.json}, which says what each command prints with {@code --json}. */
final class Schema {

    static final Path FILE = Path.of("..", "docs", "pvlock.schema.json");

    private Schema() {}

    /** Each line of a command's output is what the schema says. */
    static void check(String command, Cli cli) throws IOException {
        assertThat(cli.lines())
                .as("nothing was printed; status %d, %s", cli.status(), cli.err())
                .isNotEmpty();
        for (String line : cli.lines()) {
            assertThat(line).as("ASCII only").matches("\\p{ASCII}*");
            assertThat(errors(command, line))
                    .as("what %s printed: %s", command, line)
                    .isEmpty();
        }
    }

    /** What is wrong with {@code json}, as printed by {@code command}; empty for nothing. */
    static java.util.List<?> errors(String command, String json) throws IOException {
        String whole = Files.readString(FILE);
        String ofCommand = whole.replaceFirst("\\{", "{ \"\\$ref\": \"#/\\$defs/" + command + "\",");
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        return registry.getSchema(ofCommand, InputFormat.JSON).validate(json, InputFormat.JSON);
    }
}
