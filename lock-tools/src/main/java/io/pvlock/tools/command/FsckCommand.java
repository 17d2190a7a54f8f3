package io.pvlock.tools.command;

import io.pvlock.LockRegion;
import io.pvlock.RegionReport;
import io.pvlock.RegionReport.Severity;
import io.pvlock.RegionView;
import io.pvlock.tools.view.Describe;
import io.pvlock.tools.view.RegionJson;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Is the region sound, and can it be made so. */
@Command(
        name = "fsck",
        description = {
            "Check every table of the region; with --repair, put it in order.",
            "",
            "Repair reclaims what the dead left behind. Damage is repaired only while no other process has the region open;"
                    + " then locks that were held become inconsistent, as after an owner's death."
        })
public final class FsckCommand implements Callable<Integer> {

    @Mixin
    private Output output;

    @Option(names = "--repair", description = "Repair what can be repaired.")
    private boolean repair;

    private final RegionFileOption region;

    public FsckCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() {
        return repair ? repair() : check();
    }

    private int check() {
        try (RegionView opened = region.look()) {
            RegionReport report = opened.check();
            return report(report, report);
        }
    }

    private int repair() {
        try (LockRegion opened = region.openExisting()) {
            return report(opened.repair(), opened.check());
        }
    }

    private int report(RegionReport before, RegionReport after) {
        output.report(json(before, after), out -> text(before, after, out));
        return hasDamage(after) ? 1 : 0;
    }

    private static boolean hasDamage(RegionReport report) {
        return report.findings().stream().anyMatch(finding -> finding.severity() == Severity.DAMAGE);
    }

    private Map<String, Object> json(RegionReport before, RegionReport after) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("region", region.path().toString());
        json.put("othersAlive", before.othersAlive());
        json.put("rebuilt", before.repaired());
        json.put("found", RegionJson.findings(before));
        json.put("left", RegionJson.findings(after));
        return json;
    }

    private void text(RegionReport before, RegionReport after, PrintWriter out) {
        if (before.findings().isEmpty()) {
            out.println(region.path() + ": sound, " + before.othersAlive() + " other processes");
            return;
        }
        Table table = new Table("severity", "where", "what");
        before.findings()
                .forEach(finding -> table.row(Describe.word(finding.severity()), finding.where(), finding.what()));
        table.print(out);
        if (!repair && hasDamage(before)) {
            out.println("pvlock fsck --repair repairs damage, while no other process has the region open");
        }
        if (before.repaired()) {
            out.println("repaired: every table was put in order");
        } else if (repair) {
            out.println("reclaimed what the dead left behind; " + before.othersAlive()
                    + " other processes have the region open, so damage is not repaired");
        }
        if (repair && !after.findings().isEmpty()) {
            out.println(after.findings().size() + " findings are left");
        }
    }
}
