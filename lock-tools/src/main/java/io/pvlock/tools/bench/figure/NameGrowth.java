package io.pvlock.tools.bench.figure;

import io.pvlock.LockRegion;
import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Workspace;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Making so many names in a region for so many, and looking at all of them. */
record NameGrowth(List<Integer> sizes, Workspace workspace) {

    private static final long BUDGET_S = 10;
    private static final long BUDGET_NS = TimeUnit.SECONDS.toNanos(BUDGET_S);
    /** Between two looks at the clock. */
    private static final int SOME = 16;

    Step step() {
        return new Step(sizes + " names", this::measure);
    }

    private void measure(Figures figures) throws IOException {
        double lookedNs = 0;
        double lookedSize = 0;
        for (int size : sizes.stream().sorted().toList()) {
            Figure making = figure("make a name, us", size);
            Figure looking = figure("look at all locks, us a lock", size);
            try (LockRegion region = Regions.open(workspace, Regions.options().maxLocks(size))) {
                long startNs = System.nanoTime();
                int made = make(region, size, startNs + BUDGET_NS);
                figures.add(making, (System.nanoTime() - startNs) / 1e3 / made);
                if (made < size) {
                    figures.remark(making, "stopped after " + BUDGET_S + " s, at " + made);
                }
                double growth = lookedSize == 0 ? 0 : made / lookedSize;
                if (lookedNs * growth * growth > BUDGET_NS) {
                    figures.missing(looking, "would take longer than " + BUDGET_S + " s");
                } else {
                    startNs = System.nanoTime();
                    int seen = region.locks().size();
                    lookedNs = System.nanoTime() - startNs;
                    lookedSize = seen;
                    figures.add(looking, lookedNs / 1e3 / seen);
                }
            }
        }
    }

    private static Figure figure(String what, int size) {
        return Figure.alone(Section.GROWTH, what, size, Figure.PV);
    }

    private static int make(LockRegion region, int size, long endNs) {
        int made = 0;
        while (made < size) {
            region.lock("name-" + made++);
            if (made % SOME == 0 && System.nanoTime() - endNs > 0) {
                break;
            }
        }
        return made;
    }
}
