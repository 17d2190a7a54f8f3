package io.pvlock.tools.bench.figure;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Workspace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What things cost over how many there are: curves, one for each thing. */
final class Growth {

    private static final int MILLIS = 200;

    private final Effort effort;
    private final Workspace workspace;

    private Growth(Effort effort, Workspace workspace) {
        this.effort = effort;
        this.workspace = workspace;
    }

    static List<Step> steps(Effort effort, Workspace workspace) {
        Growth growth = new Growth(effort, workspace);
        List<Step> steps = new ArrayList<>();
        steps.add(new NameGrowth(effort.sizes(100, 1_000, 10_000, 100_000), workspace).step());
        for (int users : effort.sizes(1, 100, 900)) {
            steps.add(new UserGrowth(users, effort.millis(MILLIS), workspace).step());
        }
        for (int threads : effort.sizes(1, 100, 900)) {
            steps.add(growth.attached(threads));
        }
        for (int slots : effort.sizes(1_024, 4_096, 16_000)) {
            steps.add(growth.slots(slots));
        }
        for (int regions : effort.sizes(1, 10, 100)) {
            steps.add(growth.regions(regions));
        }
        for (int cells : effort.sizes(1_000, 100_000, 1_000_000)) {
            steps.add(growth.cells(cells));
        }
        steps.addAll(Served.growth(effort, workspace));
        return steps;
    }

    private static Figure figure(String what, long size) {
        return Figure.alone(Section.GROWTH, what, size, Figure.PV);
    }

    private int millis() {
        return effort.millis(MILLIS);
    }

    private Step attached(int threads) {
        return new Step(threads + " threads attached", figures -> {
            try (LockRegion region = Regions.open(workspace, Regions.forThreads(threads));
                    Waiters crowd = new Waiters(Waiters.PLATFORM, threads, Waiters.Then.LIVE_ON, region::attach)) {
                crowd.awaitServed();
                figures.add(
                        figure("attach and close one more thread, us", threads),
                        Reclaiming.attachAndCloseNs(region, millis()) / 1e3);
            }
        });
    }

    private Step slots(int slots) {
        return new Step("a region of " + slots + " slots", figures -> {
            try (LockRegion region = Regions.open(workspace, Regions.options().maxVcpus(slots))) {
                figures.add(
                        figure("attach and close in a region of so many slots, us", slots),
                        Reclaiming.attachAndCloseNs(region, millis()) / 1e3);
            }
        });
    }

    private Step regions(int count) {
        return new Step(count + " regions open", figures -> {
            List<LockRegion> regions = new ArrayList<>();
            try {
                for (int i = 0; i < count; i++) {
                    regions.add(Regions.open(workspace, Regions.options()));
                    regions.get(i).attach();
                }
                // The first one: whatever is looked through from the newest on has the longest way to it.
                SharedLock lock = regions.get(0).lock("lock");
                figures.add(figure("lock and unlock by look-up, regions open, ns", count), Timing.ns(millis(), () -> {
                    lock.lock();
                    lock.unlock();
                }));
                Path another = Regions.newFile(workspace);
                LockRegion.open(another, Regions.options()).close();
                figures.add(
                        figure("open and close one more region, us", count),
                        Timing.ns(
                                        millis(),
                                        () -> LockRegion.open(another, Regions.options())
                                                .close())
                                / 1e3);
            } finally {
                regions.forEach(region -> region.attach().close());
                regions.forEach(LockRegion::close);
            }
        });
    }

    private Step cells(int cells) {
        return new Step("an array of " + cells + " cells", figures -> {
            Path file = Regions.newFile(workspace);
            RegionOptions options = Regions.forCells(cells);
            try (LockRegion region = LockRegion.open(file, options)) {
                region.lockArray("array", cells);
                figures.add(
                        figure("attach and close beside an array of so many cells, us", cells),
                        Reclaiming.attachAndCloseNs(region, millis()) / 1e3);
                figures.add(
                        figure("open a region and find its array, us", cells),
                        Timing.ns(millis(), () -> {
                                    try (LockRegion again = LockRegion.open(file, options)) {
                                        again.lockArray("array", cells);
                                    }
                                })
                                / 1e3);
            }
        });
    }
}
