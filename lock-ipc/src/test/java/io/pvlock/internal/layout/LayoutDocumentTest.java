package io.pvlock.internal.layout;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.RegionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The tables of {@code docs/layout.md} against the constants: {@code | offset | bytes | `Descriptor.CONSTANT` | ...}.
 */
class LayoutDocumentTest {

    private static final Path DOCUMENT = Path.of("../docs/layout.md");
    private static final Pattern FIELD = Pattern.compile("\\| (\\d+) \\| (\\d+) \\| `(\\w+\\.\\w+_OFFSET)` \\|.*");
    private static final Pattern SECTION = Pattern.compile("\\| [^|`]+ \\| [^|]+ \\| (\\d+) \\| (\\d+) \\|");
    private static final Pattern VALUE = Pattern.compile("`(\\w+\\.\\w+)` = (\\d+)");

    private record Field(int offset, int bytes, String constant) {}

    @Test
    void everyDocumentedOffsetIsTheConstants() throws IOException {
        for (Field field : fields()) {
            assertThat(LayoutHash.constants()).containsEntry(field.constant, (long) field.offset);
        }
    }

    @Test
    void everyOffsetConstantIsDocumented() throws IOException {
        List<String> documented =
                fields().stream().map(Field::constant).sorted().toList();
        List<String> constants = LayoutHash.constants().keySet().stream()
                .filter(name -> name.endsWith("_OFFSET") && !name.equals("HeaderDescriptor.CHECKSUMMED_OFFSET"))
                .toList();

        assertThat(documented).isEqualTo(constants);
    }

    @Test
    void documentedFieldsOfOneTableDoNotOverlap() throws IOException {
        List<Field> table = new ArrayList<>();
        for (String line : Files.readAllLines(DOCUMENT)) {
            Matcher row = FIELD.matcher(line);
            if (row.matches()) {
                Field field = field(row);
                if (!table.isEmpty()) {
                    Field before = table.get(table.size() - 1);
                    assertThat(field.offset).as(line).isGreaterThanOrEqualTo(before.offset + before.bytes);
                }
                table.add(field);
            } else {
                table.clear();
            }
        }
    }

    @Test
    void everyDocumentedValueIsTheConstants() throws IOException {
        Map<String, Long> documented = new TreeMap<>();
        for (String line : Files.readAllLines(DOCUMENT)) {
            Matcher value = VALUE.matcher(line);
            while (value.find()) {
                documented.put(value.group(1), Long.parseLong(value.group(2)));
            }
        }
        List<String> lengths = LayoutHash.constants().keySet().stream()
                .filter(name -> name.endsWith("Descriptor.LENGTH") || name.endsWith("_MAX_BYTES"))
                .toList();

        assertThat(documented.keySet()).containsAll(lengths);
        assertThat(LayoutHash.constants()).containsAllEntriesOf(documented);
    }

    @Test
    void documentedSectionsAreThoseOfTheDefaultCapacities() throws IOException {
        RegionOptions options = RegionOptions.defaults();
        RegionLayout layout = new RegionLayout(
                options.maxProcesses(),
                options.maxVcpus(),
                options.maxLocks(),
                options.eventCapacity(),
                options.objectBytes(),
                options.dataBytes());
        List<String> sections = new ArrayList<>(List.of("0 4096"));
        for (int i = 0; i < HeaderDescriptor.SECTIONS; i++) {
            sections.add(layout.sectionOffset(i) + " " + layout.sectionLength(i));
        }
        List<String> documented = Files.readAllLines(DOCUMENT).stream()
                .map(SECTION::matcher)
                .filter(Matcher::matches)
                .map(row -> row.group(1) + " " + row.group(2))
                .toList();

        assertThat(documented).isEqualTo(sections);
    }

    private static List<Field> fields() throws IOException {
        List<Field> fields = new ArrayList<>();
        for (String line : Files.readAllLines(DOCUMENT)) {
            Matcher row = FIELD.matcher(line);
            if (row.matches()) {
                fields.add(field(row));
            }
        }
        return fields;
    }

    private static Field field(Matcher row) {
        return new Field(Integer.parseInt(row.group(1)), Integer.parseInt(row.group(2)), row.group(3));
    }
}
