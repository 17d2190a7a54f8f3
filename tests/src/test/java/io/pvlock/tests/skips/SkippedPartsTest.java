package io.pvlock.tests.skips;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SkippedPartsTest {

    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final String SKIPPED =
            "<skipped><![CDATA[org.opentest4j.TestAbortedException: Assumption failed: there is no spoon\n\tat A.b]]></skipped>";

    @TempDir
    private Path root;

    private void report(String directory, String className, String test, String content, Instant writtenAt)
            throws IOException {
        Path reports = Files.createDirectories(root.resolve(directory));
        Path file = Files.writeString(
                reports.resolve("TEST-" + className + ".xml"),
                "<testsuite><testcase classname='" + className + "' name='" + test + "'>" + content
                        + "</testcase></testsuite>");
        Files.setLastModifiedTime(file, FileTime.from(writtenAt));
    }

    @Test
    void whatWasSkippedIsNamedWithItsReason() throws IOException {
        report("a/target/surefire-reports", "io.pvlock.ATest", "bends", SKIPPED, BEGIN);
        report("b/target/failsafe-reports", "io.pvlock.BIT", "runs", "", BEGIN);
        assertThat(SkippedParts.of(root, BEGIN)).containsExactly("ATest.bends: there is no spoon");
    }

    @Test
    void soIsWhatAModuleBelowAnotherHasSkipped() throws IOException {
        report("a/c/target/surefire-reports", "io.pvlock.ATest", "bends", SKIPPED, BEGIN);
        assertThat(SkippedParts.of(root, BEGIN)).containsExactly("ATest.bends: there is no spoon");
    }

    @Test
    void soIsWhatIsDisabled() throws IOException {
        report("a/target/surefire-reports", "io.pvlock.ATest", "bends", "<skipped message='by hand'/>", BEGIN);
        assertThat(SkippedParts.of(root, BEGIN)).containsExactly("ATest.bends: by hand");
    }

    @Test
    void whatTheOtherJdkHasRunIsNotMissing() throws IOException {
        report("a/target/surefire-reports", "io.pvlock.ATest", "bends", SKIPPED, BEGIN);
        report("a/target/surefire-reports-jdk25", "io.pvlock.ATest", "bends", "", BEGIN);
        assertThat(SkippedParts.of(root, BEGIN)).isEmpty();
    }

    @Test
    void reportsOfEarlierBuildsAreNone() throws IOException {
        report("a/target/surefire-reports", "io.pvlock.ATest", "bends", SKIPPED, BEGIN.minusSeconds(1));
        assertThat(SkippedParts.of(root, BEGIN)).isEmpty();
    }
}
