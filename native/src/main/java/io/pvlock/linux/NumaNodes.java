package io.pvlock.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which NUMA nodes this machine has, and on which one a thread runs. What cannot be read is a machine of one node. */
public final class NumaNodes {
    private static final String DIRECTORY = "sys/devices/system/node";
    private static final String NAME = "node";
    private static final int UNKNOWN = -1;

    private final int count;
    private int last = UNKNOWN;
    private int[] nodeOfCpu = {};

    private NumaNodes(Path root) {
        Path directory = root.resolve(DIRECTORY);
        List<Integer> ids = idsIn(directory);
        if (ids.size() == 1) {
            // On nearly all machines. A program's start need not know more than the name.
            this.count = 1;
            this.last = ids.get(0);
            return;
        }
        int found = 0;
        try {
            for (int id : ids) {
                String cpus = Files.readString(directory.resolve(NAME + id).resolve("cpulist"))
                        .trim();
                if (!cpus.isEmpty()) {
                    found++;
                    last = id;
                    addCpus(cpus, id);
                }
            }
        } catch (IOException | RuntimeException e) {
            found = 0;
            last = UNKNOWN;
            nodeOfCpu = new int[0];
        }
        this.count = Math.max(1, found);
    }

    /** Reads files below /sys. */
    public static NumaNodes read() {
        return read(Path.of("/"));
    }

    /** {@code root} is {@code /} but in tests. */
    static NumaNodes read(Path root) {
        return new NumaNodes(root);
    }

    private static List<Integer> idsIn(Path directory) {
        List<Integer> ids = new ArrayList<>();
        String[] names = directory.toFile().list();
        for (String name : names == null ? new String[0] : names) {
            int id = idOf(name);
            if (id != UNKNOWN) {
                ids.add(id);
            }
        }
        return ids;
    }

    /** Of {@code node12}; no pattern, which would be the only one of a program's start. */
    private static int idOf(String name) {
        try {
            return name.startsWith(NAME) ? Integer.parseUnsignedInt(name.substring(NAME.length())) : UNKNOWN;
        } catch (NumberFormatException e) {
            return UNKNOWN;
        }
    }

    // "0-3,8,10-11"
    private void addCpus(String list, int node) {
        for (String range : list.split(",")) {
            String[] ends = range.split("-");
            int first = Integer.parseInt(ends[0]);
            int last = Integer.parseInt(ends[ends.length - 1]);
            if (last >= nodeOfCpu.length) {
                int before = nodeOfCpu.length;
                nodeOfCpu = Arrays.copyOf(nodeOfCpu, last + 1);
                Arrays.fill(nodeOfCpu, before, last + 1, UNKNOWN);
            }
            Arrays.fill(nodeOfCpu, first, last + 1, node);
        }
    }

    /** Nodes that have processors; at least 1. */
    public int count() {
        return count;
    }

    /** The node on which the calling thread runs at this moment; -1 if unknown. No system call on most machines. */
    public int current() {
        return count == 1 ? last : nodeOf(LibC.sched_getcpu());
    }

    int nodeOf(int cpu) {
        return cpu >= 0 && cpu < nodeOfCpu.length ? nodeOfCpu[cpu] : UNKNOWN;
    }
}
