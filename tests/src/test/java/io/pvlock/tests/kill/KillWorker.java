package io.pvlock.tests.kill;

import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.core.KillPoint;
import io.pvlock.kit.ChildJvm;
import io.pvlock.linux.Linux;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Main class of a child process: a host of threads, each of which does what the parent tells it by lines on standard
 * input, and can be stopped or killed at a {@link KillPoint}.
 *
 * <pre>
 *   to the child                            from the child
 *   actor verb argument...                  actor answer...
 *   actor !arm POINT n FREEZE|KILL          (none; then "actor at POINT" when it is frozen there)
 *   actor !go, !die, !end, !interrupt       (none)
 * </pre>
 *
 * <p>The verbs are those of {@link ActorThread}. The process ends when its standard input does.
 */
public final class KillWorker {

    private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);

    private static volatile LockRegion region;

    private final Map<String, ActorThread> actors = new HashMap<>();

    private KillWorker() {}

    public static void main(String[] args) throws IOException {
        Linux.ensureLoaded();
        KillPoint.handler((point, participant) -> {
            ActorThread actor = ActorThread.current();
            if (actor != null) {
                actor.reached(point);
            }
        });
        say("worker ready");
        new KillWorker().serve(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
        Runtime.getRuntime().halt(0);
    }

    private void serve(BufferedReader in) throws IOException {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            ActorThread actor = actors.computeIfAbsent(words[0], KillWorker::startActor);
            switch (words[1]) {
                case "!arm" ->
                    actor.arm(
                            words[2].equals("ANY") ? null : KillPoint.valueOf(words[2]),
                            Integer.parseInt(words[3]),
                            ActorThread.Effect.valueOf(words[4]));
                case "!go" -> actor.thaw(ActorThread.Thaw.GO);
                case "!die" -> actor.thaw(ActorThread.Thaw.DIE);
                case "!end" -> actor.thaw(ActorThread.Thaw.END);
                case "!interrupt" -> actor.interrupt();
                default -> actor.tell(words);
            }
            if (words[1].endsWith("end")) {
                // A later actor of this name is another thread.
                actors.remove(words[0]);
            }
        }
    }

    private static ActorThread startActor(String name) {
        ActorThread actor = new ActorThread(name);
        actor.start();
        return actor;
    }

    static void open(Path path) {
        region = LockRegion.open(path, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
    }

    static LockRegion region() {
        return region;
    }

    static synchronized void say(String line) {
        OUT.println(ChildJvm.MARK + line);
        OUT.flush();
    }
}
