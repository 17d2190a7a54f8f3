package io.pvlock.tools;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A command as {@link EveryCommandIT} tries it. None of these changes the region.
 *
 * @param words of a run that ends by itself
 * @param status of that run
 * @param shows a pattern of what it prints, on either stream
 * @param endless words of a run that does not end; empty if there is none
 * @param at what it is about
 */
record CommandRow(String name, String words, int status, String shows, String endless, At at) {

    /** What a command is about. */
    enum At {
        /** A region that it looks at. */
        LOOKED_AT,
        /** A region that it would change. */
        CHANGED,
        /** Regions of its own. */
        OWN,
        /** None. */
        NONE
    }

    static final List<CommandRow> ALL = List.of(
            looks("ls", "ls", 0, "held +LOCK .*\\nleft .* owner dead"),
            looks("who", "who held", 0, "owner .* holds .*\\n1 .*the waiter"),
            looks("wait", "wait --held held -t 60", 0, "").endless("wait --free held"),
            new CommandRow("break", "break held --yes --pid 1", 1, "not by 1; nothing was broken", "", At.CHANGED),
            new CommandRow("rm", "rm nosuch", 1, "no lock 'nosuch'", "", At.CHANGED),
            looks("top", "top -n 1", 0, "left ").endless("top -d 0.01"),
            looks("stat", "stat", 0, "pv_wait_head").endless("stat --watch -d 0.01"),
            looks("vcpus", "vcpus", 0, "the waiter .* held"),
            looks("events", "events", 0, "^event ").endless("events --follow"),
            looks("dump", "dump", 0, "\"held\""),
            looks("web", "web --port 65536", 2, "allowed are 0..65535").endless("web --port 0"),
            looks("export", "export --once", 0, "pvlock_up 1.0").endless("export --port 0"),
            looks("doctor", "doctor", 0, "1 held|2 held"),
            looks("fsck", "fsck", 0, ""),
            own("demo", "demo --processes 1 --iterations 1", "demo: OK", "demo --iterations 1000000000"),
            own(
                    "torture",
                    "torture --processes 1 --threads 1 --locks 1 --seconds 1 --seed 1",
                    "torture: OK",
                    "torture --seconds 100000 --only-java"),
            own(
                    "bench",
                    "bench --locks java-none --section uncontended --repetitions 1 --millis 10",
                    "bench: OK",
                    "bench --locks pv-hybrid --section contended --millis 600000"),
            own(
                    "scorecard",
                    "scorecard --locks pvlock --kills STOPPED --trials 1 --patience 180",
                    "pvlock +kept",
                    "scorecard --locks pvlock --kills STOPPED --trials 1000"),
            new CommandRow("completion", "completion", 0, "complete -F", "", At.NONE),
            new CommandRow("run", "run x true", 2, "run is pvlock-run, a program without a JVM", "", At.NONE));

    private static CommandRow looks(String name, String words, int status, String shows) {
        return new CommandRow(name, words, status, shows, "", At.LOOKED_AT);
    }

    private static CommandRow own(String name, String words, String shows, String endless) {
        return new CommandRow(name, words, 0, shows, endless, At.OWN);
    }

    private CommandRow endless(String run) {
        return new CommandRow(name, words, status, shows, run, at);
    }

    static Stream<CommandRow> all() {
        return ALL.stream();
    }

    static Stream<CommandRow> ofRegions() {
        return ALL.stream().filter(CommandRow::isOfRegion);
    }

    static Stream<CommandRow> thatLook() {
        return ALL.stream().filter(row -> row.at == At.LOOKED_AT);
    }

    static Stream<CommandRow> withoutEnd() {
        return ALL.stream().filter(row -> !row.endless.isEmpty());
    }

    boolean isOfRegion() {
        return at == At.LOOKED_AT || at == At.CHANGED;
    }

    /** Whether it goes on without a reader: it answers others. */
    boolean serves() {
        return name.equals("web") || name.equals("export");
    }

    /** The command line of a run that ends. */
    Object[] line(Path region) {
        return line(words, region);
    }

    /** The command line of a run that does not; it is killed, and what it leaves is beside the region. */
    Object[] endlessLine(Path region) {
        boolean leavesAFile = name.equals("demo") || name.equals("torture");
        return line(leavesAFile ? endless + " -f " + region.resolveSibling(name + ".pvl") : endless, region);
    }

    private Object[] line(String run, Path region) {
        List<Object> line = new ArrayList<>(List.of((Object[]) run.split(" ")));
        if (isOfRegion()) {
            line.addAll(List.of("-f", region));
        }
        return line.toArray();
    }

    @Override
    public String toString() {
        return name;
    }
}
