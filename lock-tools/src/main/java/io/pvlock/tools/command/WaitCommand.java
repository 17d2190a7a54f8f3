package io.pvlock.tools.command;

import io.pvlock.LockInfo;
import io.pvlock.RegionView;
import io.pvlock.tools.view.Describe;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pvlock wait}: until something is so. It only looks: it takes no lock, and stands in no queue. */
@Command(
        name = "wait",
        description = {
            "Wait until a lock is free or held, or until a process has left the region. Status 1: not within --timeout.",
            "It only looks. Others may take the lock as soon as it is free; to run a command under it, see pvlock run."
        })
public final class WaitCommand implements Callable<Integer> {

    private static final long LOOK_AGAIN_MS = 20;

    /** What is waited for. */
    static final class Goal {
        @Option(names = "--free", paramLabel = "NAME", description = "Until nobody holds this lock.")
        private String free;

        @Option(
                names = "--held",
                paramLabel = "NAME",
                description = "Until somebody alive holds this lock, which need not exist yet.")
        private String held;

        @Option(
                names = "--gone",
                paramLabel = "PID",
                description = "Until no thread of this process is in the region, or all are dead.")
        private Integer gone;
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private Output output;

    @ArgGroup(multiplicity = "1")
    private Goal goal;

    @Option(
            names = {"-t", "--timeout"},
            paramLabel = "SECS",
            defaultValue = "0",
            description = "Give up after so long; default: never.")
    private double timeout;

    private final RegionFileOption region;

    public WaitCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() throws InterruptedException {
        new Limits(spec).check("-t", timeout, 0, 1e9);
        long beginNs = System.nanoTime();
        try (RegionView opened = region.look()) {
            SameFile file = SameFile.of(opened.path());
            Optional<String> obstacle = obstacle(opened);
            while (obstacle.isPresent() && !isOver(beginNs)) {
                file.check();
                TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MS);
                obstacle = obstacle(opened);
            }
            return report(obstacle, System.nanoTime() - beginNs);
        }
    }

    private boolean isOver(long beginNs) {
        return timeout > 0 && System.nanoTime() - beginNs >= timeout * 1e9;
    }

    private int report(Optional<String> obstacle, long waitedNs) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("ok", obstacle.isEmpty());
        json.put("obstacle", obstacle.orElse(null));
        json.put("waitedNs", waitedNs);
        output.report(json, out -> {});
        obstacle.ifPresent(what -> output.complain(what + ", after " + Describe.duration(waitedNs)));
        return obstacle.isEmpty() ? 0 : 1;
    }

    /** Why it is not yet so. */
    private Optional<String> obstacle(RegionView opened) {
        if (goal.gone != null) {
            long threads = opened.vcpus().stream()
                    .filter(vcpu -> vcpu.pid() == goal.gone && vcpu.alive())
                    .count();
            return threads == 0
                    ? Optional.empty()
                    : Optional.of("pid " + goal.gone + " has " + threads + " threads in " + opened.path());
        }
        String name = goal.free != null ? goal.free : goal.held;
        Optional<LockInfo> lock =
                opened.locks().stream().filter(info -> info.name().equals(name)).findFirst();
        if (lock.isEmpty()) {
            return Optional.of("no lock '" + name + "' in " + opened.path());
        }
        boolean isFree = lock.get().owner().isEmpty() && lock.get().recoverable();
        boolean isHeld = lock.get().owner().map(owner -> owner.alive()).orElse(false);
        if (goal.free != null ? isFree : isHeld) {
            return Optional.empty();
        }
        String owner = lock.get().owner().isEmpty() ? "" : " by " + Describe.owner(lock.get());
        return Optional.of("'" + name + "' is " + Describe.state(lock.get()) + owner);
    }
}
