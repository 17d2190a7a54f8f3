package io.pvlock.tools.command;

import io.pvlock.RegionView;
import io.pvlock.tools.top.PlainPicture;
import io.pvlock.tools.top.Top;
import io.pvlock.tools.view.Printable;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pvlock top}: the locks of a region, live, those with the longest queues first. */
@Command(
        name = "top",
        description = {
            "Watch the locks of the region; q ends it, ? shows the keys, Enter a lock's queue.",
            "Without a terminal, or with --batch, it prints one picture below the other; with --json, one line for each."
        })
public final class TopCommand implements Callable<Integer> {

    /** What a column can be sorted by. */
    static final class Sorts implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Top.sorts().iterator();
        }
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private Output output;

    @Mixin
    private Watch watch;

    @Option(
            names = {"-s", "--sort"},
            paramLabel = "COLUMN",
            defaultValue = "WAIT",
            completionCandidates = Sorts.class,
            description = "Sort by one of ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
    private String sort;

    @Option(
            names = {"-b", "--batch"},
            description = "Print, also on a terminal.")
    private boolean batch;

    private final RegionFileOption region;

    public TopCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws InterruptedException, IOException {
        watch.check();
        List<String> sorts = Top.sorts();
        if (sorts.stream().noneMatch(sort::equalsIgnoreCase)) {
            throw new ParameterException(
                    spec.commandLine(), "--sort=" + sort + ", allowed are " + String.join(", ", sorts));
        }
        try (RegionView opened = region.look()) {
            SameFile file = SameFile.of(opened.path());
            Top top = new Top(opened, sort);
            if (batch || output.isJson() || !Terminal.canMoveCursor()) {
                watch.repeat(i -> {
                    file.check();
                    print(top.plain());
                });
            } else {
                int[] shown = {0};
                top.onTerminal(watch.delayNs(), () -> {
                    file.check();
                    return !watch.isOver(shown[0]++);
                });
            }
        }
        return 0;
    }

    private void print(PlainPicture picture) {
        output.report(picture.json(), out -> text(picture, out));
    }

    private static void text(PlainPicture picture, PrintWriter out) {
        picture.head().forEach(line -> out.println(Printable.of(line)));
        Table table = new Table(PlainPicture.titles());
        picture.rows().forEach(table::row);
        table.print(out);
    }
}
