package io.pvlock.tools.command;

import io.pvlock.RegionView;
import io.pvlock.VcpuInfo;
import io.pvlock.core.LockEvent;
import io.pvlock.tools.view.RegionJson;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pvlock stat}: lock events under the kernel's names. */
@Command(
        name = "stat",
        description = {
            "Show how often locks were waited for, and how: the kernel's lock events, summed over the attached threads.",
            "Uncontended acquisitions are not counted; a thread's counts go when it detaches. *_latency_* are nanoseconds."
        })
public final class StatCommand implements Callable<Integer> {

    private static final String LABEL_FORMAT = "%-24s";

    @Mixin
    private Output output;

    @Mixin
    private Watch watch;

    @Option(
            names = {"-v", "--verbose"},
            description = "Also for each vCPU.")
    private boolean verbose;

    @Option(
            names = {"-w", "--watch"},
            description = "Again and again, how many a second since the time before. With --json, one line each time.")
    private boolean again;

    private final RegionFileOption region;

    public StatCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws InterruptedException {
        watch.check();
        try (RegionView opened = region.look()) {
            if (again) {
                SameFile file = SameFile.of(opened.path());
                Rates rates = new Rates(sum(opened.vcpus()));
                watch.repeat(i -> {
                    file.check();
                    rates(opened, rates, i);
                });
            } else {
                List<VcpuInfo> vcpus = opened.vcpus();
                Map<String, Long> sum = sum(vcpus);
                output.report(json(sum, vcpus), out -> text(sum, vcpus, out));
            }
            return 0;
        }
    }

    /** All events in the kernel's order, also those that did not happen. */
    static Map<String, Long> sum(List<VcpuInfo> vcpus) {
        Map<String, Long> sum = new LinkedHashMap<>();
        for (LockEvent event : LockEvent.values()) {
            sum.put(
                    event.label(),
                    vcpus.stream()
                            .mapToLong(vcpu -> vcpu.lockEvents().getOrDefault(event.label(), 0L))
                            .sum());
        }
        return sum;
    }

    private void rates(RegionView opened, Rates rates, int i) {
        List<VcpuInfo> vcpus = opened.vcpus();
        Map<String, Long> sum = sum(vcpus);
        Map<String, Double> perSecond = rates.next(sum);
        Map<String, Object> json = json(sum, vcpus);
        json.put("perSecond", perSecond);
        output.report(json, out -> {
            out.print(i > 0 ? System.lineSeparator() : "");
            out.printf(LABEL_FORMAT + " %14s %14s%n", "event", "count", "per second");
            sum.forEach((event, count) ->
                    out.printf(Locale.ROOT, LABEL_FORMAT + " %14d %14.1f%n", event, count, perSecond.get(event)));
        });
    }

    private Map<String, Object> json(Map<String, Long> sum, List<VcpuInfo> vcpus) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("lockEvents", sum);
        if (verbose) {
            json.put("vcpus", vcpus.stream().map(RegionJson::of).toList());
        }
        return json;
    }

    private void text(Map<String, Long> sum, List<VcpuInfo> vcpus, PrintWriter out) {
        Table table = verbose ? new Table("event", "count", "vcpu", "pid", "thread") : new Table("event", "count");
        sum.forEach((event, count) -> {
            if (verbose) {
                table.row(event, count, null, null, "(all)");
                vcpus.stream()
                        .filter(vcpu -> vcpu.lockEvents().containsKey(event))
                        .forEach(vcpu -> table.row(
                                event, vcpu.lockEvents().get(event), vcpu.vcpu(), vcpu.pid(), vcpu.threadName()));
            } else {
                table.row(event, count);
            }
        });
        table.print(out);
    }
}
