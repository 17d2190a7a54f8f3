package io.pvlock.tools.command;

import io.pvlock.LockInfo;
import io.pvlock.RegionView;
import io.pvlock.tools.view.Describe;
import io.pvlock.tools.view.RegionJson;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pvlock ls}: all locks and other objects, by name. */
@Command(name = "ls", description = "List the locks and other objects of the region.")
public final class LsCommand implements Callable<Integer> {

    @Mixin
    private Output output;

    private final RegionFileOption region;

    public LsCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() {
        try (RegionView opened = region.look()) {
            LostFile.warn(opened, output);
            List<LockInfo> locks = RegionJson.byName(opened.locks());
            output.report(
                    locks.stream().map(RegionJson::of).toList(),
                    out -> table(locks).print(out));
            return 0;
        }
    }

    static Table table(List<LockInfo> locks) {
        Table table = new Table(
                "lock", "type", "kind", "policy", "state", "owner", "held for", "waiting", "deaths", "token", "values");
        locks.forEach(lock -> table.row(
                lock.name(),
                lock.type(),
                lock.kind(),
                Describe.policy(lock),
                Describe.state(lock),
                Describe.owner(lock),
                Describe.heldFor(lock),
                lock.queueLength(),
                lock.deaths(),
                lock.lastFencingToken(),
                Describe.values(lock)));
        return table;
    }
}
