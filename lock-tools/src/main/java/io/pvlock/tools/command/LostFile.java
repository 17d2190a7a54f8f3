package io.pvlock.tools.command;

import io.pvlock.RegionView;
import java.nio.file.Path;
import java.util.List;

/** Says that some processes use another file than the one that has the region's name. */
final class LostFile {

    private LostFile() {}

    static String describe(Path path, List<Integer> pids) {
        return "pid " + pids.toString().replaceAll("[\\[\\]]", "") + " use a file that had the name " + path
                + " until it was deleted or replaced; they and the users of this file do not exclude each other. End"
                + " or restart them";
    }

    /** To standard error, if there are any. */
    static void warn(RegionView opened, Output output) {
        List<Integer> pids = opened.usersOfDeletedFile();
        if (!pids.isEmpty()) {
            output.complain(describe(opened.path(), pids));
        }
    }
}
