package io.pvlock.cluster.network;

import io.pvlock.kit.Command;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Some machines at one switch, each a network namespace: machine i has the address 10.77.0.i. The switch is a machine, too: number 0. */
final class Network implements AutoCloseable {

    private static final String NET = "10.77.0.";
    private static final int SWITCH_HOST = 254;

    private final String prefix = "pv" + ProcessHandle.current().pid() % 100_000 + "n";
    private final int machines;

    Network(int machines) throws IOException, InterruptedException {
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
    static boolean works() {
        String name = "pv" + ProcessHandle.current().pid() + "try";
        boolean works = Command.works("ip", "netns", "add", name)
                && Command.works("ip", "-n", name, "link", "add", "br0", "type", "bridge")
                && Command.works("ip", "netns", "exec", name, "ss", "-K", "dst", "10.77.0.1");
        Command.works("ip", "netns", "del", name);
        return works;
    }

    static String address(int machine) {
        return NET + (machine == 0 ? SWITCH_HOST : machine);
    }

    /** A command that runs another one on the machine. */
    List<String> on(int machine) {
        return List.of("ip", "netns", "exec", name(machine));
    }

    /** Takes the machine's cable out: nobody is told. What others had with it is cut at their side. */
    void isolate(int machine) throws IOException, InterruptedException {
        in(0, "link", "set", port(machine), "down");
        for (int other = 0; other <= machines; other++) {
            if (other != machine) {
                List<String> line = new ArrayList<>(on(other));
                line.addAll(List.of("ss", "-K", "dst", address(machine)));
                Command.run(new ProcessBuilder(line)).ok();
            }
        }
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
