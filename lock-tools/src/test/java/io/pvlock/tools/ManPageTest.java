package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.OptionSpec;

/** The manual page names what there is, and nothing else. */
class ManPageTest {

    private static TreeSet<String> items(String pattern) throws IOException {
        TreeSet<String> items = new TreeSet<>();
        Pattern.compile(pattern, Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("src/main/man/pvlock.1")))
                .results()
                .forEach(item -> items.add(item.group(1)));
        return items;
    }

    @Test
    void pageNamesEveryCommand() throws IOException {
        assertThat(items("^\\.It Cm (\\w+)$"))
                .isEqualTo(new TreeSet<>(Main.commandLine().getSubcommands().keySet()));
    }

    @Test
    void pageNamesEveryOptionOfAllCommands() throws IOException {
        TreeSet<String> names = new TreeSet<>();
        for (OptionSpec option : Main.commandLine().getCommandSpec().options()) {
            names.add(option.longestName());
        }
        TreeSet<String> described = new TreeSet<>();
        items("^\\.It Fl .*?Fl (-[a-z]+)(?: Ar \\w+)?$").forEach(name -> described.add("-" + name));
        items("^\\.It Fl (-[a-z]+)(?: Ar \\w+)?$").forEach(name -> described.add("-" + name));
        assertThat(described).isEqualTo(names);
    }

    @Test
    void pageNamesEveryStatus() throws IOException {
        TreeSet<String> statuses = new TreeSet<>(Main.commandLine()
                .getCommandSpec()
                .usageMessage()
                .exitCodeList()
                .keySet());
        statuses.add("125"); // of the script that starts java
        assertThat(items("^\\.It (\\d+)$")).isEqualTo(statuses);
    }
}
