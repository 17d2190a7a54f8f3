package io.pvlock.tools.bench.figure;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.linux.FileMapper;
import io.pvlock.tools.bench.FirstLock;
import io.pvlock.tools.bench.Section;
import io.pvlock.tools.bench.Workspace;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * From the start of a JVM to its first lock held, in a region that is there already, with and without an archive of its classes; beside a
 * JVM that takes a {@code FileChannel.lock}, and one that only reads the clock. They take turns.
 */
final class Start {

    private static final String EMPTY = "empty JVM";
    private static final String FILE_CHANNEL = "FileChannel";
    private static final int AOT_JDK = 25;

    private final Workspace workspace;
    private final Map<String, Path> made = new HashMap<>();
    private Path directory;
    private List<Program> programs;

    Start(Workspace workspace) {
        this.workspace = workspace;
    }

    /** What is started: {@link FirstLock} with these arguments. */
    private record Program(String name, String classPath, List<String> flags, List<String> arguments) {}

    /** How a JVM is given its classes. */
    private enum Archive {
        NONE("", "", "-Xshare:auto"),
        APP_CDS(", AppCDS", "-XX:ArchiveClassesAtExit=", "-XX:SharedArchiveFile="),
        AOT_CACHE(", AOT cache", "-XX:AOTCacheOutput=", "-XX:AOTCache=");

        final String suffix;
        final String makingFlag;
        final String usingFlag;

        Archive(String suffix, String makingFlag, String usingFlag) {
            this.suffix = suffix;
            this.makingFlag = makingFlag;
            this.usingFlag = usingFlag;
        }

        /** Empty if it can be had here. */
        String problem() {
            if (this == AOT_CACHE && Runtime.version().feature() < AOT_JDK) {
                return "came with JDK " + AOT_JDK + "; name one by PVLOCK_JAVA";
            }
            return this == NONE || ProgramClassPath.isOfJars() ? "" : "archives know classes of jars only";
        }
    }

    List<Step> steps() {
        return List.of(new Step("JVMs", this::measure));
    }

    private void measure(Figures figures) throws IOException, InterruptedException {
        if (programs == null) {
            prepare();
        }
        double empty = 0;
        for (Archive archive : Archive.values()) {
            for (Program program : programs) {
                Figure whole = figure("ms from the start of a JVM to its first lock", program, archive);
                if (!archive.problem().isEmpty()) {
                    figures.missing(whole, archive.problem());
                    continue;
                }
                double ms = start(program, archive);
                figures.add(whole, ms);
                if (program.name().equals(EMPTY)) {
                    // Without an archive: the first of all.
                    empty = archive == Archive.NONE ? ms : empty;
                } else {
                    figures.add(figure("ms more than an empty JVM without an archive", program, archive), ms - empty);
                }
            }
        }
    }

    private static Figure figure(String what, Program program, Archive archive) {
        List<String> rivals = program.name().startsWith(Figure.PV) ? List.of(FILE_CHANNEL + archive.suffix) : List.of();
        return new Figure(Section.START, what, Figure.NO_SIZE, program.name() + archive.suffix, rivals);
    }

    private void prepare() throws IOException {
        // What is shared is gone after each repetition.
        directory = workspace.programs();
        String region = directory.resolve("region").toString();
        LockRegion.open(Path.of(region), Regions.options()).close();
        List<Program> all = new ArrayList<>();
        String service = ProgramClassPath.ofService(directory);
        all.add(new Program(EMPTY, service, List.of(), List.of()));
        all.add(new Program(
                FILE_CHANNEL,
                service,
                List.of(),
                List.of(directory.resolve("lock").toString())));
        List<String> plain = List.of(region, Mapping.PLAIN.name());
        all.add(new Program(Figure.PV, service, List.of(), plain));
        all.add(new Program(Figure.PV + ", by JNI", service, List.of("-Dpvlock.linux=jni"), plain));
        if (ServiceLoader.load(FileMapper.class).findFirst().isPresent()) {
            all.add(new Program(
                    Figure.PV + ", Chronicle Bytes",
                    ProgramClassPath.whole(),
                    ourFlags(),
                    List.of(region, Mapping.CHRONICLE.name())));
        }
        programs = all;
    }

    /** Whoever has Chronicle Bytes has given this JVM the flags that it needs. */
    private static List<String> ourFlags() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("--") || flag.startsWith("-XX:+Ignore") || flag.startsWith("-Dmapped"))
                .toList();
    }

    private double start(Program program, Archive archive) throws IOException, InterruptedException {
        if (archive == Archive.NONE) {
            return start(program, archive.usingFlag);
        }
        String key = program.name() + archive.suffix;
        if (!made.containsKey(key)) {
            Path file = directory.resolve("archive-" + made.size());
            start(program, archive.makingFlag + file);
            made.put(key, file);
        }
        return start(program, archive.usingFlag + made.get(key));
    }

    /** Milliseconds from here to what the JVM says; both clocks are the system's monotonic one. */
    private static double start(Program program, String archiveFlag) throws IOException, InterruptedException {
        List<String> flags = new ArrayList<>(program.flags());
        flags.add(archiveFlag);
        long startNs = System.nanoTime();
        String said = BriefJvm.run(flags, program.classPath(), FirstLock.class, program.arguments(), "\\d+");
        return (Long.parseLong(said) - startNs) / 1e6;
    }
}
