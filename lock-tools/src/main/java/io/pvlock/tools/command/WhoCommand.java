package io.pvlock.tools.command;

import io.pvlock.HoldInfo;
import io.pvlock.LockInfo;
import io.pvlock.RegionView;
import io.pvlock.WaiterInfo;
import io.pvlock.tools.view.Describe;
import io.pvlock.tools.view.RegionJson;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code pvlock who}: who holds a lock or a part of another object, and who waits for it, in order. */
@Command(
        name = "who",
        description = {
            "Show who holds a lock, and who waits for it, in order. Status 1: no such lock.",
            "Of another object: who reads, has permits or waits, and the lock that it has inside.",
            "Borrowed: by a thread whose end only its own process notices, within about a second, such as a virtual one."
        })
public final class WhoCommand implements Callable<Integer> {

    @Mixin
    private Output output;

    @Parameters(paramLabel = "NAME", description = "Name of the lock or object.")
    private String name;

    private final RegionFileOption region;

    public WhoCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() {
        try (RegionView opened = region.look()) {
            LostFile.warn(opened, output);
            Optional<LockInfo> info = opened.locks().stream()
                    .filter(lock -> lock.name().equals(name))
                    .findFirst();
            if (info.isEmpty()) {
                output.complain("no lock '" + name + "' in " + opened.path());
                return 1;
            }
            List<HoldInfo> holds = opened.holds(name);
            List<WaiterInfo> queue = opened.queue(name);
            output.report(json(info.get(), holds, queue), out -> text(info.get(), holds, queue, out));
            return 0;
        }
    }

    private static Map<String, Object> json(LockInfo info, List<HoldInfo> holds, List<WaiterInfo> queue) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", info.name());
        json.put("type", info.type().name());
        json.put("owner", info.owner().map(RegionJson::of).orElse(null));
        json.put("holds", holds.stream().map(RegionJson::of).toList());
        json.put("queue", queue.stream().map(RegionJson::of).toList());
        return json;
    }

    private static void text(LockInfo info, List<HoldInfo> holds, List<WaiterInfo> queue, PrintWriter out) {
        Table table = new Table("", "vcpu", "pid", "tid", "command", "thread", "state", "for");
        info.owner()
                .ifPresentOrElse(
                        holder -> table.row(
                                "owner",
                                holder.vcpu(),
                                holder.pid(),
                                holder.tid(),
                                holder.command(),
                                holder.threadName(),
                                Describe.state(holder),
                                holder.heldFor().map(Describe::duration).orElse("-")),
                        () -> table.row("owner", null, null, null, null, null, Describe.state(info), null));
        holds.forEach(hold -> table.row(
                hold.what() + " " + hold.count(),
                hold.vcpu(),
                hold.pid(),
                hold.tid(),
                hold.command(),
                hold.threadName(),
                hold.borrowed() ? "borrowed" : null,
                null));
        queue.forEach(waiter -> table.row(
                waiter.position() + 1,
                waiter.vcpu(),
                waiter.pid(),
                waiter.tid(),
                null,
                waiter.threadName(),
                waiter.alive() ? Describe.word(waiter.state()) : "dead",
                Describe.duration(waiter.waitedFor())));
        table.print(out);
    }
}
