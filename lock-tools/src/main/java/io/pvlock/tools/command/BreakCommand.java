package io.pvlock.tools.command;

import io.pvlock.LockHold;
import io.pvlock.LockRegion;
import io.pvlock.OwnerInfo;
import io.pvlock.RegionView;
import io.pvlock.WaiterInfo;
import io.pvlock.tools.view.Describe;
import io.pvlock.tools.view.Printable;
import io.pvlock.tools.view.ProgramText;
import io.pvlock.tools.view.RegionJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pvlock break}: takes a lock away from its owner. */
@Command(
        name = "break",
        description = {
            "Take a lock away from its owner and release it, as if the owner had died. Status 1: nothing was broken.",
            "",
            "Shows who holds it and asks. Breaks that hold and no other: the same owner, and no fencing token drawn since. The next"
                    + " owner is told that the owner before it died.",
            "An owner that is alive goes on in its critical section, beside the next one. End its process instead, where you can: a lock"
                    + " whose owner is dead needs no breaking."
        })
public final class BreakCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private Output output;

    @Parameters(paramLabel = "NAME", description = "Name of the lock.")
    private String name;

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask.")
    private boolean yes;

    @Option(
            names = "--pid",
            paramLabel = "PID",
            description = "Only if this process holds it, as pvlock who has shown before.")
    private Integer pid;

    @Option(
            names = "--token",
            paramLabel = "N",
            description = "Only if this is its last fencing token, as pvlock ls has shown before.")
    private Long token;

    private final RegionFileOption region;

    public BreakCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws IOException {
        Optional<LockHold> hold = look();
        if (hold.isEmpty()) {
            return 1;
        }
        if (!yes && !isAgreed()) {
            output.complain("nothing was broken");
            return 1;
        }
        boolean broken;
        try (LockRegion opened = region.openExisting()) {
            broken = opened.breakHold(hold.get());
        } catch (IllegalArgumentException e) {
            output.complain(e.getMessage());
            return 1;
        }
        if (!broken) {
            output.complain("that hold of '" + name + "' is over; nothing was broken. Look again: pvlock who");
        }
        output.report(json(hold.get(), broken), out -> {
            if (broken) {
                out.println("broken: the next owner of '" + Printable.of(name) + "' is told that pid "
                        + hold.get().owner().pid() + " died");
            }
        });
        return broken ? 0 : 1;
    }

    /** The hold that is to be broken, which has been shown; empty if there is none, which has been said. */
    private Optional<LockHold> look() {
        try (RegionView opened = region.look()) {
            LostFile.warn(opened, output);
            Optional<LockHold> hold = opened.hold(name);
            if (hold.isEmpty()) {
                boolean exists =
                        opened.locks().stream().anyMatch(lock -> lock.name().equals(name));
                output.complain(
                        exists
                                ? "nobody holds '" + name + "'; nothing was broken"
                                : "no lock '" + name + "' in " + opened.path());
            } else if (pid != null && pid != hold.get().owner().pid()) {
                output.complain("'" + name + "' is held by pid "
                        + hold.get().owner().pid() + ", not by " + pid + "; nothing was broken");
                return Optional.empty();
            } else if (token != null && token != hold.get().lastFencingToken()) {
                output.complain("the last token of '" + name + "' is "
                        + hold.get().lastFencingToken() + ", not " + token + "; nothing was broken");
                return Optional.empty();
            } else if (!output.isJson()) {
                show(hold.get(), opened.queue(name), output.out());
            }
            return hold;
        }
    }

    private static void show(LockHold hold, List<WaiterInfo> queue, PrintWriter out) {
        OwnerInfo owner = hold.owner();
        Table table = new Table("", "");
        table.row("lock", hold.lock());
        table.row("owner", "pid " + owner.pid() + ", thread " + owner.tid() + " '" + owner.threadName() + "'");
        table.row("program", owner.command());
        table.row(
                "command line",
                ProgramText.of(owner.pid(), owner.tid(), owner.command())
                        .orElse("not known: it has ended, or is in another pid namespace"));
        table.row(
                "alive",
                owner.alive() ? "yes: it will go on beside the next owner" : "no: the next one takes over anyway");
        table.row(
                "held for",
                owner.heldFor()
                        .map(Describe::duration)
                        .orElse("not known: it took the lock without reading a clock, and nobody waits"));
        table.row("last fencing token", hold.lastFencingToken());
        table.row(
                "waiting",
                queue.isEmpty()
                        ? "nobody"
                        : queue.size() + ", the first for "
                                + Describe.duration(queue.get(0).waitedFor()));
        table.printBody(out);
        out.flush();
    }

    private boolean isAgreed() throws IOException {
        if (output.isJson() || !Terminal.isTerminal(Terminal.STANDARD_INPUT)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "nothing was broken: nobody is there to be asked; --yes breaks it without asking");
        }
        output.err().print("Break it? [y/N] ");
        output.err().flush();
        String answer = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
        return answer != null && answer.strip().matches("[yY]|[yY][eE][sS]");
    }

    private static Map<String, Object> json(LockHold hold, boolean broken) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("lock", hold.lock());
        json.put("broken", broken);
        json.put("owner", RegionJson.of(hold.owner()));
        json.put("lastFencingToken", hold.lastFencingToken());
        return json;
    }
}
