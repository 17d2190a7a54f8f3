package io.pvlock.cluster.simulation;

import io.pvlock.cluster.engine.ClusterEngine;
import io.pvlock.cluster.engine.ClusterEngine.Change;
import io.pvlock.cluster.engine.ClusterEngine.Kind;
import io.pvlock.cluster.engine.EngineException;
import io.pvlock.cluster.engine.EngineException.Code;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The memory of a cluster: a tree of nodes, and sessions that own some. What ZooKeeper does of it, and no more. */
final class FakeCluster {

    private static final class Content {
        private byte[] data;
        private int version;
        private long owner;
        private int created;

        private Content copy() {
            Content copy = new Content();
            copy.data = data;
            copy.version = version;
            copy.owner = owner;
            copy.created = created;
            return copy;
        }
    }

    private static final class Session {
        private long heardAt;
        private boolean over;
    }

    private final World world;
    private final long timeoutNs;
    private final long tickNs;
    private final TreeMap<String, Content> nodes = new TreeMap<>();
    private final Map<Long, Session> sessions = new HashMap<>();
    private final Map<String, Set<FakeEngine>> dataWatches = new HashMap<>();
    private final Map<String, Set<FakeEngine>> childWatches = new HashMap<>();
    private final Runnable abandoned;
    private long lastSession = 0x1000;
    private int firstNumber;

    /** @param abandoned runs when a host's place goes that has the lock, without a release */
    FakeCluster(World world, long timeoutNs, long tickNs, Runnable abandoned) {
        this.abandoned = abandoned;
        this.world = world;
        this.timeoutNs = timeoutNs;
        this.tickNs = tickNs;
        nodes.put("/", new Content());
    }

    /** What a server knows that has lost the others: it goes on answering reads. */
    FakeCluster stale() {
        FakeCluster copy = new FakeCluster(world, timeoutNs, tickNs, () -> {});
        nodes.forEach((path, content) -> copy.nodes.put(path, content.copy()));
        return copy;
    }

    /** The number of the first node in each queue, as if many had been there before. */
    void firstNumber(int number) {
        firstNumber = number;
    }

    /** Paths that somebody watches. */
    Set<String> watched() {
        Set<String> paths = new TreeSet<>(dataWatches.keySet());
        paths.addAll(childWatches.keySet());
        return paths;
    }

    long timeoutNs() {
        return timeoutNs;
    }

    // ---- sessions

    long newSession() {
        long id = ++lastSession;
        Session session = new Session();
        session.heardAt = world.now();
        sessions.put(id, session);
        watchOver(id, session);
        return id;
    }

    // Never before the time-out; up to a tick later.
    private void watchOver(long id, Session session) {
        long due = session.heardAt + timeoutNs;
        world.at(due, () -> {
            if (!session.over && session.heardAt + timeoutNs <= world.now()) {
                world.in(world.between(0, tickNs / (double) World.MS), () -> {
                    if (session.heardAt + timeoutNs <= world.now()) {
                        end(id);
                    } else {
                        watchOver(id, session);
                    }
                });
            } else if (!session.over) {
                watchOver(id, session);
            }
        });
    }

    boolean isAlive(long id) {
        Session session = sessions.get(id);
        return session != null && !session.over;
    }

    void heard(long id) {
        sessions.get(id).heardAt = world.now();
    }

    void end(long id) {
        Session session = sessions.get(id);
        if (session == null || session.over) {
            return;
        }
        session.over = true;
        List<String> owned = nodes.entrySet().stream()
                .filter(entry -> entry.getValue().owner == id)
                .map(Map.Entry::getKey)
                .toList();
        owned.forEach(this::remove);
    }

    // ---- calls

    String create(String path, byte[] data, Kind kind, long session) {
        String parent = parent(path);
        Content above = get(parent);
        String name = kind == Kind.EPHEMERAL_SEQUENTIAL ? path + String.format("%010d", above.created) : path;
        if (nodes.containsKey(name)) {
            throw failure(Code.NODE_EXISTS, name);
        }
        above.created++;
        Content made = new Content();
        made.data = data;
        made.created = path.endsWith("/queue") ? firstNumber : 0;
        made.owner = kind == Kind.PERSISTENT ? 0 : session;
        nodes.put(name, made);
        fire(childWatches, parent);
        return name;
    }

    ClusterEngine.Node read(String path, FakeEngine watcher) {
        Content content = get(path);
        if (watcher != null) {
            dataWatches.computeIfAbsent(path, missing -> new HashSet<>()).add(watcher);
        }
        return new ClusterEngine.Node(content.data, content.version, content.owner);
    }

    List<String> children(String path, FakeEngine watcher) {
        get(path);
        if (watcher != null) {
            childWatches.computeIfAbsent(path, missing -> new HashSet<>()).add(watcher);
        }
        return names(path);
    }

    private List<String> names(String path) {
        List<String> names = new ArrayList<>();
        String prefix = path.equals("/") ? path : path + "/";
        for (String below : nodes.tailMap(prefix, false).keySet()) {
            if (!below.startsWith(prefix)) {
                break;
            }
            if (below.indexOf('/', prefix.length()) < 0) {
                names.add(below.substring(prefix.length()));
            }
        }
        return names;
    }

    void write(String path, byte[] data, int version) {
        Content content = get(path);
        if (version >= 0 && version != content.version) {
            throw failure(Code.BAD_VERSION, path);
        }
        content.data = data;
        content.version++;
        fire(dataWatches, path);
    }

    void delete(String path) {
        get(path);
        if (!names(path).isEmpty()) {
            throw failure(Code.NOT_EMPTY, path);
        }
        remove(path);
    }

    void commit(List<Change> changes, long session) {
        // All checks first: a change that fails leaves nothing changed.
        Set<String> deleted = new HashSet<>();
        for (Change change : changes) {
            if (!(change instanceof Change.Create) && !deleted.contains(change.path())) {
                Content content = get(change.path());
                if (change instanceof Change.Write write && write.version() != content.version) {
                    throw failure(Code.BAD_VERSION, change.path());
                }
                if (change instanceof Change.Delete) {
                    boolean empty = names(change.path()).stream()
                            .allMatch(name -> deleted.contains(change.path() + "/" + name));
                    if (!empty) {
                        throw failure(Code.NOT_EMPTY, change.path());
                    }
                    deleted.add(change.path());
                }
            }
        }
        for (Change change : changes) {
            if (change instanceof Change.Write write) {
                write(write.path(), write.data(), write.version());
            }
        }
        for (Change change : changes) {
            if (change instanceof Change.Delete) {
                remove(change.path());
            } else if (change instanceof Change.Create) {
                create(change.path(), new byte[0], Kind.PERSISTENT, session);
            }
        }
    }

    /** As if nobody had ever been here; sessions stay. */
    void wipe() {
        nodes.keySet().removeIf(path -> !path.equals("/"));
        dataWatches.clear();
        childWatches.clear();
    }

    private Content get(String path) {
        Content content = nodes.get(path);
        if (content == null) {
            throw failure(Code.NO_NODE, path);
        }
        return content;
    }

    private void remove(String path) {
        if (nodes.remove(path) != null) {
            if (isOfHolder(path)) {
                abandoned.run();
            }
            fire(dataWatches, path);
            fire(childWatches, parent(path));
        }
    }

    private boolean isOfHolder(String path) {
        int queue = path.indexOf("/queue/");
        Content state = queue < 0 ? null : nodes.get(path.substring(0, queue) + "/state");
        String name = path.substring(path.lastIndexOf('/') + 1);
        return state != null && new String(state.data, StandardCharsets.UTF_8).matches(".*dirty=1.*node=" + name);
    }

    private static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash == 0 ? "/" : path.substring(0, slash);
    }

    private static EngineException failure(Code code, String path) {
        return new EngineException(code, code + " for " + path);
    }

    private void fire(Map<String, Set<FakeEngine>> watches, String path) {
        Set<FakeEngine> told = watches.remove(path);
        if (told != null) {
            // In an order that a seed fixes.
            told.stream().sorted((a, b) -> Long.compare(a.number(), b.number())).forEach(engine -> engine.notice(path));
        }
    }
}
