package io.pvlock.linux;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The CPU quota of the process's control group: {@code cpu.max} of version 2, {@code cpu.cfs_quota_us} and {@code
 * cpu.cfs_period_us} of version 1, whichever exist, the smallest from the group itself up to the visible root.
 *
 * <p>A group limits everything below it, so every ancestor counts. What cannot be read or parsed limits nothing: the
 * answer only sizes a spin budget, and a machine without control groups is a normal one.
 */
final class CgroupQuota {
    private static final int UNLIMITED = Integer.MAX_VALUE;

    /** Stands between the two halves of a line of mountinfo. */
    private static final String MIDDLE = " - ";

    private CgroupQuota() {}

    /**
     * The quota in CPUs, rounded up and at least 1; {@link Integer#MAX_VALUE} if there is none.
     *
     * @param root where {@code proc/self} and the mount points are looked for, {@code /} but in tests
     */
    static int cpus(Path root) {
        int least = UNLIMITED;
        List<String> groups = TextFile.lines(root.resolve("proc/self/cgroup"));
        for (String mount : TextFile.lines(root.resolve("proc/self/mountinfo"))) {
            int middle = mount.indexOf(MIDDLE); // split() would make a pattern of it, the only one of a program's start
            if (middle >= 0 && mount.startsWith("cgroup", middle + MIDDLE.length())) {
                String[] place = mount.substring(0, middle).split(" ");
                String[] fs = mount.substring(middle + MIDDLE.length()).split(" ");
                least = Math.min(least, cpus(root, place, fs, groups));
            }
        }
        return least;
    }

    /**
     * The least quota that one mount shows: "36 35 98:0 /root /mount/point options [tags] - fstype source superOptions", see proc(5).
     *
     * @param groups "id:controllers:/path", id 0 and no controllers for version 2, see cgroups(7)
     */
    private static int cpus(Path root, String[] place, String[] fs, List<String> groups) {
        boolean v2 = fs[0].equals("cgroup2");
        boolean v1 = fs[0].equals("cgroup") && hasCpu(fs[fs.length - 1]);
        int least = UNLIMITED;
        for (String group : place.length >= 5 && (v1 || v2) ? groups : List.<String>of()) {
            String[] member = group.split(":", 3);
            if (member.length == 3 && (v2 ? member[0].equals("0") && member[1].isEmpty() : hasCpu(member[1]))) {
                Path top = root.resolve(unescape(place[4]).substring(1)).normalize();
                for (Path dir = groupDirectory(top, unescape(place[3]), member[2]);
                        dir != null && dir.startsWith(top);
                        dir = dir.getParent()) {
                    least = Math.min(least, v2 ? maxOf(dir) : cfsQuotaOf(dir));
                }
            }
        }
        return least;
    }

    /**
     * Where the mount shows the group: the mount's own root is cut off its path. A group outside of that root cannot be
     * seen (from a container, or "/../x" from a cgroup namespace); what is mounted is then the nearest thing to it.
     */
    private static Path groupDirectory(Path top, String mountRoot, String group) {
        Path path = Path.of(group);
        Path base = Path.of(mountRoot);
        boolean outside = group.startsWith("/..") || !path.startsWith(base);
        return outside ? top : top.resolve(base.relativize(path)).normalize();
    }

    /** Version 2: "max 100000" or "150000 100000", microseconds of CPU time per period. */
    private static int maxOf(Path dir) {
        List<String> lines = TextFile.lines(dir.resolve("cpu.max"));
        String[] words = lines.isEmpty() ? new String[0] : lines.get(0).trim().split(" ");
        return words.length < 2 ? UNLIMITED : roundUp(number(words[0]), number(words[1]));
    }

    /** Version 1: the quota is -1 for none. */
    private static int cfsQuotaOf(Path dir) {
        return roundUp(firstNumber(dir.resolve("cpu.cfs_quota_us")), firstNumber(dir.resolve("cpu.cfs_period_us")));
    }

    private static int roundUp(long quota, long period) {
        if (quota <= 0 || period <= 0) {
            return UNLIMITED;
        }
        return (int) Math.min(UNLIMITED, (quota - 1) / period + 1);
    }

    private static boolean hasCpu(String list) {
        return Arrays.asList(list.split(",")).contains("cpu");
    }

    private static long firstNumber(Path file) {
        List<String> lines = TextFile.lines(file);
        return lines.isEmpty() ? -1 : number(lines.get(0).trim());
    }

    /** -1 for what is no number, "max" included. */
    private static long number(String word) {
        try {
            return Long.parseLong(word);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** The kernel writes space, tab, newline and backslash in paths as three octal digits. */
    private static String unescape(String path) {
        return path.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }
}
