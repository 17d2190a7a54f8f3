package io.pvlock.tools.command;

import io.pvlock.RegionEvent;
import io.pvlock.RegionView;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Who died, who took over, and how long it took. */
@Command(name = "events", description = "List deaths and what followed from them, oldest first.")
public final class EventsCommand implements Callable<Integer> {

    @Mixin
    private Output output;

    private final RegionFileOption region;

    public EventsCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() {
        try (RegionView opened = region.look()) {
            List<RegionEvent> events = opened.events();
            output.report(events.stream().map(EventsCommand::json).toList(), out -> {
                Table table = new Table("event", "at", "what", "lock", "vcpu", "pid", "tid", "by vcpu", "took us");
                events.forEach(event -> table.row(
                        event.sequence(),
                        event.at(),
                        label(event),
                        event.lock().orElse("-"),
                        event.vcpu(),
                        event.pid(),
                        event.tid(),
                        event.taker().map(String::valueOf).orElse("-"),
                        micros(event)));
                table.print(out);
            });
            return 0;
        }
    }

    private static Map<String, Object> json(RegionEvent event) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("sequence", event.sequence());
        json.put("at", event.at().toString());
        json.put("what", label(event));
        json.put("lock", event.lock().orElse(null));
        json.put("vcpu", event.vcpu());
        json.put("pid", event.pid());
        json.put("tid", event.tid());
        json.put("taker", event.taker().orElse(null));
        json.put("tookNs", event.took().map(Duration::toNanos).orElse(null));
        return json;
    }

    private static String label(RegionEvent event) {
        return event.type().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String micros(RegionEvent event) {
        return event.took().map(took -> String.valueOf(took.toNanos() / 1000)).orElse("-");
    }
}
