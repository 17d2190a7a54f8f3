package io.pvlock.tools.command;

import io.pvlock.LockInfo;
import io.pvlock.RegionView;
import io.pvlock.VcpuInfo;
import io.pvlock.core.LockEvent;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pvlock top}: the locks of a region, live, those with the longest queues first. */
@Command(name = "top", description = "Watch the locks of the region; end it with Ctrl-C.")
public final class TopCommand implements Callable<Integer> {

    private static final String CLEAR_SCREEN = "\033[H\033[J";
    private static final int MAX_ROWS = 40;
    private static final List<LockEvent> RATES = List.of(
            LockEvent.LOCK_SLOWPATH,
            LockEvent.PV_LOCK_STEALING,
            LockEvent.PV_WAIT_NODE,
            LockEvent.PV_WAIT_HEAD,
            LockEvent.PV_KICK_UNLOCK,
            LockEvent.OWNER_DIED);

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-n", "--iterations"},
            paramLabel = "N",
            defaultValue = "0",
            description = "End after so many pictures; default: never.")
    private int iterations;

    @Option(
            names = {"-d", "--delay"},
            paramLabel = "SECS",
            defaultValue = "1",
            description = "Seconds between two pictures; default: ${DEFAULT-VALUE}.")
    private double delay;

    private final RegionFileOption region;

    public TopCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws InterruptedException {
        Limits limits = new Limits(spec);
        limits.check("-n", iterations, 0, Integer.MAX_VALUE);
        limits.check("-d", delay, 0.01, 3600);
        boolean redraw = Terminal.isTerminal(Terminal.STANDARD_OUTPUT);
        PrintWriter out = spec.commandLine().getOut();
        try (RegionView opened = region.look()) {
            Map<String, Long> before = StatCommand.sum(opened.vcpus());
            long beforeNs = System.nanoTime();
            for (int i = 0; iterations == 0 || i < iterations; i++) {
                if (i > 0) {
                    TimeUnit.NANOSECONDS.sleep((long) (delay * 1e9));
                }
                List<VcpuInfo> vcpus = opened.vcpus();
                Map<String, Long> now = StatCommand.sum(vcpus);
                long nowNs = System.nanoTime();
                out.print(redraw ? CLEAR_SCREEN : "");
                picture(out, opened, vcpus);
                rates(out, before, now, (nowNs - beforeNs) / 1e9);
                table(opened.locks()).print(out);
                out.flush();
                before = now;
                beforeNs = nowNs;
            }
        }
        return 0;
    }

    private static void picture(PrintWriter out, RegionView opened, List<VcpuInfo> vcpus) {
        out.printf(
                Locale.ROOT,
                "%s  %d vcpus, %d waiting, %d dead%n",
                opened.path(),
                vcpus.size(),
                vcpus.stream().filter(vcpu -> vcpu.waitingFor().isPresent()).count(),
                vcpus.stream().filter(vcpu -> !vcpu.alive()).count());
    }

    // Threads that detach take their counts with them: a rate below 0 says nothing.
    private static void rates(PrintWriter out, Map<String, Long> before, Map<String, Long> now, double seconds) {
        for (LockEvent event : RATES) {
            long change = Math.max(0, now.get(event.label()) - before.get(event.label()));
            out.printf(Locale.ROOT, "%s/s %.0f  ", event.label(), change / seconds);
        }
        out.println();
    }

    private static Table table(List<LockInfo> locks) {
        return LsCommand.table(locks.stream()
                .sorted(Comparator.comparingInt(LockInfo::queueLength)
                        .reversed()
                        .thenComparing(lock -> lock.owner().isEmpty())
                        .thenComparing(LockInfo::name))
                .limit(MAX_ROWS)
                .toList());
    }
}
