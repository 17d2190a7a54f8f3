package io.pvlock.tools.command;

import io.pvlock.RegionView;
import io.pvlock.tools.view.RegionJson;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pvlock dump}: all that can be seen in a region, or in a copy of one. */
@Command(
        name = "dump",
        description = {
            "Print all that is in the region: locks with holders and queues, threads, events, and what fsck finds; as JSON.",
            "The file is only read. It may be a copy: there the kernel knows of no process, so everybody in it is dead."
        })
public final class DumpCommand implements Callable<Integer> {

    @Mixin
    private Output output;

    private final RegionFileOption region;

    public DumpCommand(RegionFileOption region) {
        this.region = region;
    }

    @Override
    public Integer call() {
        try (RegionView opened = region.look()) {
            Map<String, Object> dump = new LinkedHashMap<>(RegionJson.of(opened));
            dump.putAll(RegionJson.of(opened.check()));
            if (output.isJson()) {
                output.jsonLine(dump);
            } else {
                output.prettyJson(dump);
            }
            return 0;
        }
    }
}
