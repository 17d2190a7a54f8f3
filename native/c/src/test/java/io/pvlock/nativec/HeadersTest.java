package io.pvlock.nativec;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.internal.layout.DirectoryDescriptor;
import io.pvlock.internal.layout.ProcessDescriptor;
import io.pvlock.internal.slot.SlotState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The checked-in headers say what Java says, to Java as to a C compiler. */
@Timeout(180)
class HeadersTest {

    private static void check(String file, HeaderText header) throws IOException {
        String generated = header.end();
        if (System.getProperty("pvlock.headers.update") != null) {
            Files.writeString(Path.of(file), generated);
        }
        assertThat(Files.readString(Path.of(file)))
                .as(
                        "native/c/%s is not what Java says now. Look whether the C code can live with the difference, then"
                                + " renew it: %s",
                        file, HeaderText.RENEWAL)
                .isEqualTo(generated);
    }

    @Test
    void theLayoutIsWhatTheDescriptorsSay() throws IOException {
        check("src/pvlock_layout.h", LayoutHeader.generate());
    }

    @Test
    void theBoardIsThatOfTorture() throws IOException {
        check("test/torture_board.h", BoardHeader.generate());
    }

    /** Where the fields of packed words are is in functions in Java. */
    @Test
    void theStateWordsArePackedSo() {
        Map<String, Long> numbers = LayoutHeader.generate().numbers();
        long slot = in(numbers, "SLOT_STATUS", 5)
                | in(numbers, "SLOT_PROCESS", 0xbeef)
                | in(numbers, "SLOT_GENERATION", 0xcafe)
                | in(numbers, "SLOT_PROCESS_GENERATION", 0xface);
        assertThat(SlotState.status(slot)).isEqualTo(5);
        assertThat(SlotState.process(slot)).isEqualTo(0xbeef);
        assertThat(SlotState.generation(slot)).isEqualTo(0xcafe);
        assertThat(SlotState.processGeneration(slot)).isEqualTo(0xface);
        assertThat(ProcessDescriptor.state(2, 0xcafe))
                .isEqualTo(in(numbers, "PROCESS_STATUS", 2) | in(numbers, "PROCESS_GENERATION", 0xcafe));
        assertThat(DirectoryDescriptor.state(4, 0xbeef, 0xcafe, 0x123456))
                .isEqualTo(in(numbers, "DIRECTORY_STATUS", 4)
                        | in(numbers, "DIRECTORY_PROCESS", 0xbeef)
                        | in(numbers, "DIRECTORY_GENERATION", 0xcafe)
                        | in(numbers, "DIRECTORY_ENTRY", 0x123456));
    }

    private static long in(Map<String, Long> numbers, String field, long value) {
        return value << numbers.get("PVLOCK_" + field + "_SHIFT");
    }

    @Test
    void theCompilerUnderstandsTheSame() throws IOException, InterruptedException {
        CBuild.assumeThere();
        Map<String, Long> printed = new LinkedHashMap<>();
        CBuild.run("test/layout").lines().forEach(line -> {
            int space = line.indexOf(' ');
            printed.put(line.substring(0, space), Long.parseUnsignedLong(line.substring(space + 1)));
        });
        assertThat(printed).containsExactlyEntriesOf(LayoutHeader.generate().numbers());
    }
}
