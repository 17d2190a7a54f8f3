import io.pvlock.cluster.ClusterGuard;
import io.pvlock.cluster.ClusterOptions;
import io.pvlock.cluster.ClusterRegion;
import io.pvlock.cluster.LockLostException;
import io.pvlock.cluster.tools.EmbeddedServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Three hosts write to one store, which checks tokens. One of them is stopped while it has the lock; when it goes on, it still wants to
 * write what it had prepared, and the store refuses. Run it by {@code examples/cluster/run}.
 */
public final class FencedStore {

    /** The resource: a file that keeps the greatest token and the last value. A check and its write are one step, under the file's lock. */
    private static final class Store {

        private final Path file;

        Store(Path file) {
            this.file = file;
        }

        boolean write(String value, long token) throws IOException {
            try (FileChannel channel = FileChannel.open(
                            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                    var lock = channel.lock()) {
                ByteBuffer last = ByteBuffer.allocate((int) channel.size());
                channel.read(last, 0);
                String text = new String(last.array(), StandardCharsets.UTF_8);
                long greatest = text.isEmpty() ? 0 : Long.parseLong(text.substring(0, text.indexOf(' ')));
                if (token < greatest) {
                    return false;
                }
                channel.truncate(0).write(ByteBuffer.wrap((token + " " + value).getBytes(StandardCharsets.UTF_8)), 0);
                return lock.isValid();
            }
        }
    }

    public static void main(String[] args) throws Exception {
        if (args.length == 0) {
            hosts();
        } else {
            host(args[0], args[1], Path.of(args[2]));
        }
    }

    // ---- one host

    private static void host(String name, String connect, Path directory) throws Exception {
        Store store = new Store(directory.resolve("store"));
        ClusterOptions options = ClusterOptions.connect(connect)
                .hostName(name)
                .sessionTimeout(Duration.ofSeconds(4))
                .tickTime(Duration.ofMillis(EmbeddedServer.TICK_MS));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (ClusterRegion region = ClusterRegion.open(directory.resolve(name + ".pvl"), options)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                try (ClusterGuard guard = region.lock("store").acquire()) {
                    System.out.println(name + " has the lock" + (guard.ownerDied() ? ", an owner before did not end well" : ""));
                    if (guard.ownerDied()) {
                        guard.markConsistent(); // whatever the store has is whole
                    }
                    if (line.equals("slowly")) {
                        in.readLine();
                    }
                    boolean accepted = store.write("by " + name, guard.fencingToken());
                    System.out.println(name + " writes with token " + guard.fencingToken() + ": " + (accepted ? "accepted" : "REFUSED"));
                } catch (LockLostException e) {
                    System.out.println(name + " is told that it has lost the lock");
                }
            }
        }
        System.exit(0);
    }

    // ---- all of them

    private record Host(Process process, BufferedReader out) {

        void order(String line) throws IOException {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        }

        void signal(String signal) throws IOException, InterruptedException {
            new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid()).inheritIO().start().waitFor();
        }

        void print(int lines) throws IOException {
            for (int i = 0; i < lines; i++) {
                System.out.println(out.readLine());
            }
        }
    }

    private static void hosts() throws Exception {
        Path directory = Files.createTempDirectory("pvlock-example-");
        List<Host> hosts = new ArrayList<>();
        try (EmbeddedServer server = new EmbeddedServer()) {
            for (int i = 1; i <= 3; i++) {
                hosts.add(start("host" + i, server.connect(), directory));
            }
            for (Host host : hosts) {
                host.order("write");
                host.print(2);
            }
            hosts.get(0).order("slowly");
            hosts.get(0).print(1);
            System.out.println("host1 is stopped");
            hosts.get(0).signal("STOP");
            hosts.get(1).order("write");
            hosts.get(1).print(2);
            System.out.println("host1 goes on");
            hosts.get(0).signal("CONT");
            hosts.get(0).order("go on");
            hosts.get(0).print(2);
            System.out.println("the store has: " + Files.readString(directory.resolve("store")));
        } finally {
            for (Host host : hosts) {
                host.process().destroyForcibly().waitFor();
            }
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static Host start(String name, String connect, Path directory) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                FencedStore.class.getName()));
        command.addAll(List.of(name, connect, directory.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new Host(
                process, new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
    }
}
