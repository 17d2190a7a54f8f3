package io.pvlock.tools.command;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pvlock doctor}: is this machine fit for the lock, and the region healthy. */
@Command(
        name = "doctor",
        description =
                "Check whether this machine is fit for the lock, and the region healthy. Status 1: something is not.")
public final class DoctorCommand implements Callable<Integer> {

    @Mixin
    private Output output;

    private final RegionFileOption region;

    public DoctorCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() {
        List<Diagnosis> diagnoses = new Doctor(region).examine();
        boolean ok = diagnoses.stream().noneMatch(diagnosis -> diagnosis.verdict() == Diagnosis.Verdict.FAIL);
        output.report(json(ok, diagnoses), out -> {
            Table table = new Table("", "", "");
            diagnoses.forEach(
                    diagnosis -> table.row(diagnosis.verdict().label(), diagnosis.what(), diagnosis.detail()));
            table.printBody(out);
        });
        return ok ? 0 : 1;
    }

    private static Map<String, Object> json(boolean ok, List<Diagnosis> diagnoses) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("ok", ok);
        json.put(
                "checks",
                diagnoses.stream()
                        .map(diagnosis -> {
                            Map<String, String> check = new LinkedHashMap<>();
                            check.put("what", diagnosis.what());
                            check.put("verdict", diagnosis.verdict().label());
                            check.put("detail", diagnosis.detail());
                            return check;
                        })
                        .toList());
        return json;
    }
}
