package io.pvlock.tools.command;

import io.pvlock.RegionEvent;
import io.pvlock.RegionView;
import io.pvlock.tools.view.Describe;
import io.pvlock.tools.view.Printable;
import io.pvlock.tools.view.RegionJson;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Who died, who took over, and how long it took. */
@Command(
        name = "events",
        description = {
            "List deaths and what followed from them, oldest first.",
            "With --follow, go on with those that happen from now on; with --json, one line for each."
        })
public final class EventsCommand implements Callable<Integer> {

    private static final long LOOK_AGAIN_MS = 100;

    private static final String[] HEADER = {"event", "at", "what", "lock", "vcpu", "pid", "tid", "by vcpu", "took us"};

    /** For lines that are written before it is known what will be in the next ones. */
    private static final String FOLLOWED = "%8s  %-30s  %-17s  %-20s  %5s  %8s  %8s  %7s  %10s";

    @Spec
    private CommandSpec spec;

    @Mixin
    private Output output;

    @Option(names = "--follow", description = "Do not end: wait for the next ones.")
    private boolean follow;

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            defaultValue = "0",
            description = "With --follow: end after so many; default: never.")
    private long count;

    private final RegionFileOption region;

    public EventsCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws InterruptedException {
        new Limits(spec).check("-n", count, 0, Long.MAX_VALUE);
        try (RegionView opened = region.look()) {
            if (follow) {
                follow(opened);
            } else {
                list(opened.events());
            }
            return 0;
        }
    }

    private void list(List<RegionEvent> events) {
        output.report(events.stream().map(RegionJson::of).toList(), out -> {
            Table table = new Table(HEADER);
            events.forEach(event -> table.row(cells(event)));
            table.print(out);
        });
    }

    private void follow(RegionView opened) throws InterruptedException {
        SameFile file = SameFile.of(opened.path());
        if (!output.isJson()) {
            print((Object[]) HEADER);
        }
        long last = 0;
        long shown = 0;
        for (; ; ) {
            for (RegionEvent event : opened.events(last)) {
                if (last != 0 && event.sequence() != last + 1) {
                    output.complain("events " + (last + 1) + " to " + (event.sequence() - 1)
                            + " are lost: overwritten, or not finished by a process that died");
                }
                last = event.sequence();
                show(event);
                if (++shown == count) {
                    return;
                }
            }
            file.check();
            output.checkReader();
            TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MS);
        }
    }

    private void show(RegionEvent event) {
        if (output.isJson()) {
            output.jsonLine(RegionJson.of(event));
        } else {
            print(cells(event));
        }
    }

    private void print(Object... cells) {
        output.out().println(String.format(Locale.ROOT, FOLLOWED, cells).stripTrailing());
        output.flush();
    }

    private static Object[] cells(RegionEvent event) {
        return new Object[] {
            event.sequence(),
            event.at(),
            Describe.event(event),
            event.lock().map(Printable::of).orElse("-"),
            event.vcpu(),
            event.pid(),
            event.tid(),
            event.taker().map(String::valueOf).orElse("-"),
            event.took().map(took -> String.valueOf(took.toNanos() / 1000)).orElse("-")
        };
    }
}
