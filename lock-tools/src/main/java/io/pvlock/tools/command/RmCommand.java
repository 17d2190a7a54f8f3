package io.pvlock.tools.command;

import io.pvlock.LockRegion;
import io.pvlock.tools.view.Printable;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code pvlock rm}: removes names that nobody uses. */
@Command(
        name = "rm",
        description = {
            "Remove locks and other objects that nobody uses. Status 1: one of them does not exist, or is in use.",
            "",
            "A lock is removed when nobody holds it or waits for it; processes that have it still open get an error, and never"
                    + " another lock. Other objects are removed when no process has them open."
        })
public final class RmCommand implements Callable<Integer> {

    @Mixin
    private Output output;

    @Parameters(arity = "1..*", paramLabel = "NAME", description = "Names of locks or objects.")
    private List<String> names;

    private final RegionFileOption region;

    public RmCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() {
        try (LockRegion opened = region.openExisting()) {
            List<String> removed =
                    names.stream().filter(name -> remove(opened, name)).toList();
            output.report(removed, out -> removed.forEach(name -> out.println("removed " + Printable.of(name))));
            return removed.size() == names.size() ? 0 : 1;
        }
    }

    private boolean remove(LockRegion opened, String name) {
        try {
            if (opened.remove(name)) {
                return true;
            }
            output.complain("no lock '" + name + "' in " + opened.path());
        } catch (IllegalStateException | IllegalArgumentException e) {
            output.complain(e.getMessage());
        }
        return false;
    }
}
