package io.pvlock.cluster.network;

import io.pvlock.kit.Command;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Some machines at one switch, each a network namespace: machine i has the address 10.77.0.i. The switch is a machine, too: number 0. */
public final class Network implements Machines {

    private static final String NET = "10.77.0.";
    private static final int SWITCH_HOST = 254;

    /** Of no machine: what is sent there is lost. */
    private static final String NOWHERE = "02:00:00:00:00:01";

    private final String prefix = "pv" + ProcessHandle.current().pid() % 100_000 + "n";
    private final int machines;

    public Network(int machines) throws IOException, InterruptedException {
        this.machines = machines;
        boolean made = false;
        try {
            ip("netns", "add", name(0));
            in(0, "link", "add", "br0", "type", "bridge");
            in(0, "addr", "add", address(0) + "/24", "dev", "br0");
            in(0, "link", "set", "br0", "up");
            in(0, "link", "set", "lo", "up");
            for (int i = 1; i <= machines; i++) {
                ip("netns", "add", name(i));
                ip("link", "add", "eth0", "netns", name(i), "type", "veth", "peer", "name", port(i), "netns", name(0));
                in(0, "link", "set", port(i), "master", "br0", "up");
                in(i, "addr", "add", address(i) + "/24", "dev", "eth0");
                in(i, "link", "set", "eth0", "up");
                in(i, "link", "set", "lo", "up");
            }
            made = true;
        } finally {
            if (!made) {
                close();
            }
        }
    }

    /** Whether this user may make any. */
    public static boolean works() {
        String name = "pv" + ProcessHandle.current().pid() + "try";
        boolean works = Command.works("ip", "netns", "add", name)
                && Command.works("ip", "-n", name, "link", "add", "br0", "type", "bridge")
                && Command.works("ip", "netns", "exec", name, "ss", "-K", "dst", "10.77.0.1");
        Command.works("ip", "netns", "del", name);
        return works;
    }

    @Override
    public String address(int machine) {
        return NET + (machine == 0 ? SWITCH_HOST : machine);
    }

    @Override
    public List<String> on(int machine) {
        return List.of("ip", "netns", "exec", name(machine));
    }

    /** Takes the machine's cable out: nobody is told. What others had with it is cut at their side. */
    void isolate(int machine) throws IOException, InterruptedException {
        unplug(machine);
        for (int other = 0; other <= machines; other++) {
            if (other != machine) {
                List<String> line = new ArrayList<>(on(other));
                line.addAll(List.of("ss", "-K", "dst", address(machine)));
                Command.run(new ProcessBuilder(line)).ok();
            }
        }
    }

    /** Takes the machine's cable out: nobody is told. */
    public void unplug(int machine) throws IOException, InterruptedException {
        in(0, "link", "set", port(machine), "down");
    }

    public void plug(int machine) throws IOException, InterruptedException {
        in(0, "link", "set", port(machine), "up");
    }

    /** What the one sends to the other is lost from now on; what the other sends arrives. */
    public void cut(int from, int to) throws IOException, InterruptedException {
        in(from, "neigh", "replace", address(to), "lladdr", NOWHERE, "dev", "eth0", "nud", "permanent");
    }

    /** Ends {@link #cut}. */
    public void join(int from, int to) throws IOException, InterruptedException {
        in(from, "neigh", "del", address(to), "dev", "eth0");
    }

    private String name(int machine) {
        return prefix + machine;
    }

    private static String port(int machine) {
        return "port" + machine;
    }

    private void in(int machine, String... words) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("-n", name(machine)));
        line.addAll(List.of(words));
        ip(line.toArray(String[]::new));
    }

    private static void ip(String... words) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("ip"));
        line.addAll(List.of(words));
        Command.run(new ProcessBuilder(line)).ok();
    }

    @Override
    public void close() {
        for (int i = 0; i <= machines; i++) {
            Command.works("ip", "netns", "del", name(i));
        }
    }
}
