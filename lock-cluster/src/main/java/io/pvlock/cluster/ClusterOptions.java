package io.pvlock.cluster;

import io.pvlock.RegionOptions;
import io.pvlock.cluster.lease.HandoffBudget;
import io.pvlock.cluster.zk.ZooKeeperAccess;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Where the cluster is, and how a host behaves in it. Immutable; begin with {@link #connect}. What cannot be is an {@link
 * IllegalArgumentException}.
 */
public final class ClusterOptions {

    /** What happens to the thread that holds a lock that is lost; listeners are told in either case. */
    public enum OnLost {
        /** Nothing: it asks {@link ClusterGuard#isValid}, or has registered a listener. */
        EVENT,
        /** It is interrupted. */
        INTERRUPT
    }

    /** The shortest time-out of a session: below, an election of the servers' leader costs every lease. */
    public static final Duration MIN_SESSION_TIMEOUT = Duration.ofSeconds(4);

    /** A name or an address, that of IPv6 in brackets, and perhaps a port. */
    private static final String SERVER = "([^\\s,:/\\[\\]]+|\\[[0-9A-Fa-f:.]+])(:\\d{1,5})?";

    private static final String NODE_NAME = "[A-Za-z0-9._-]{1,64}";

    private final Draft draft;

    private ClusterOptions(Draft draft) {
        this.draft = draft;
    }

    /**
     * The options of a cluster, all others by default.
     *
     * @param connect addresses of its servers, as ZooKeeper wants them: {@code host:port,host:port}; port 2181 may be left out
     */
    public static ClusterOptions connect(String connect) {
        if (!connect.matches(SERVER + "(," + SERVER + ")*")) {
            throw new IllegalArgumentException("connect='" + connect
                    + "': name the servers as host:port,host:port, without a path; a path is the namespace");
        }
        return new ClusterOptions(new Draft()).with(next -> next.connect = connect);
    }

    public String connect() {
        return draft.connect;
    }

    /** Clusters of the same servers do not see each other if they have different namespaces; default {@code default}. */
    public ClusterOptions namespace(String namespace) {
        checkName("namespace", namespace);
        return with(next -> next.namespace = namespace);
    }

    public String namespace() {
        return draft.namespace;
    }

    /**
     * What this host is called in the cluster, and no other one; default: the machine's name and a part of what names the region. It is
     * kept in the region, so it counts when that is made.
     */
    public ClusterOptions hostName(String hostName) {
        checkName("hostName", hostName);
        return with(next -> next.hostName = hostName);
    }

    /** As given; else the machine's name. */
    String hostNameOr(String suffix) {
        if (draft.hostName != null) {
            return draft.hostName;
        }
        String machine;
        try {
            machine = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            machine = "host";
        }
        String plain = machine.replaceAll("[^A-Za-z0-9._-]", "-");
        return plain.substring(0, Math.min(plain.length(), 48)) + "-" + suffix;
    }

    private static void checkName(String what, String name) {
        if (!name.matches(NODE_NAME) || name.matches("\\.{1,2}")) {
            throw new IllegalArgumentException(
                    what + "='" + name + "': 1 to 64 letters, digits, dots, dashes and underscores are allowed");
        }
    }

    /**
     * After which silence the servers take a host for dead; default 6 s, at least {@link #MIN_SESSION_TIMEOUT}. The servers have limits of
     * their own, 2 to 20 of their ticks by default.
     */
    public ClusterOptions sessionTimeout(Duration sessionTimeout) {
        if (sessionTimeout.compareTo(MIN_SESSION_TIMEOUT) < 0 || sessionTimeout.compareTo(Duration.ofMinutes(10)) > 0) {
            throw new IllegalArgumentException(
                    "sessionTimeout=" + sessionTimeout + ", allowed are " + MIN_SESSION_TIMEOUT + " to PT10M");
        }
        return with(next -> next.sessionTimeout = sessionTimeout);
    }

    public Duration sessionTimeout() {
        return draft.sessionTimeout;
    }

    /**
     * The {@code tickTime} of the servers, which they do not tell; default 2 s, as theirs. It is a part of the margin between the end of a
     * lease and the end of its session: a value that is too small makes that too short. {@code pvlock cluster doctor} compares.
     */
    public ClusterOptions tickTime(Duration tickTime) {
        if (tickTime.isNegative() || tickTime.isZero()) {
            throw new IllegalArgumentException("tickTime=" + tickTime + ", it must be more than 0");
        }
        return with(next -> next.tickTime = tickTime);
    }

    public Duration tickTime() {
        return draft.tickTime;
    }

    /**
     * How long a host may keep a lock that another host waits for.
     *
     * @param time since the cluster granted it; default 20 ms
     * @param hands local grants since then; default 100,000
     */
    public ClusterOptions budget(Duration time, long hands) {
        HandoffBudget budget = new HandoffBudget(time.toNanos(), hands);
        return with(next -> next.budget = budget);
    }

    HandoffBudget budget() {
        return draft.budget;
    }

    /** How long a lock is left alone whose host has died, beyond the time-out of its session; default 0. */
    public ClusterOptions lockDelay(Duration lockDelay) {
        if (lockDelay.isNegative()) {
            throw new IllegalArgumentException("lockDelay=" + lockDelay + ", it must be 0 or more");
        }
        return with(next -> next.lockDelay = lockDelay);
    }

    public Duration lockDelay() {
        return draft.lockDelay;
    }

    /** What happens to a thread whose lock is lost; default {@link OnLost#EVENT}. */
    public ClusterOptions onLost(OnLost onLost) {
        return with(next -> next.onLost = onLost);
    }

    public OnLost onLost() {
        return draft.onLost;
    }

    /** How long {@link ClusterRegion#open} waits for the cluster; default 15 s. */
    public ClusterOptions connectTimeout(Duration connectTimeout) {
        return with(next -> next.connectTimeout = connectTimeout);
    }

    public Duration connectTimeout() {
        return draft.connectTimeout;
    }

    /** Whether this process speaks with the cluster if nobody else of its host does; default true. Without, another one must. */
    public ClusterOptions standBy(boolean standBy) {
        return with(next -> next.standBy = standBy);
    }

    public boolean standBy() {
        return draft.standBy;
    }

    /** For how many locks the region has room, if it is made; default 256. */
    public ClusterOptions maxLocks(int maxLocks) {
        if (maxLocks < 1 || maxLocks > 100_000) {
            throw new IllegalArgumentException("maxLocks=" + maxLocks + ", allowed are 1 to 100000");
        }
        return with(next -> next.maxLocks = maxLocks);
    }

    public int maxLocks() {
        return draft.maxLocks;
    }

    /**
     * Proves the host to the servers by a user and a password (scheme {@code digest}); what it makes there is then readable and writable
     * by that user only. The password is neither kept in the region nor printed.
     */
    public ClusterOptions digest(String user, char[] password) {
        byte[] secret = (user + ":" + new String(password)).getBytes(StandardCharsets.UTF_8);
        return with(next -> next.digest = Optional.of(secret));
    }

    /**
     * Properties of the ZooKeeper client, such as {@code zookeeper.client.secure} and the {@code zookeeper.ssl} ones. SASL it finds by the
     * system property {@code java.security.auth.login.config}, as ever.
     */
    public ClusterOptions clientConfig(Path file) {
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException("clientConfig=" + file + " cannot be read");
        }
        return with(next -> next.clientConfig = Optional.of(file));
    }

    /** Permissions and mapping of the region's file. Its capacities are the cluster's affair. */
    public ClusterOptions region(RegionOptions region) {
        return with(next -> next.region = region);
    }

    RegionOptions region() {
        return draft.region;
    }

    /** How to get to the servers: of {@code pvlock cluster}. */
    public ZooKeeperAccess access() {
        return new ZooKeeperAccess(draft.connect, draft.sessionTimeout, draft.digest, draft.clientConfig);
    }

    private ClusterOptions with(Consumer<Draft> change) {
        Draft next = new Draft(draft);
        change.accept(next);
        return new ClusterOptions(next);
    }

    /** Without secrets. */
    @Override
    public String toString() {
        return "ClusterOptions[" + draft.connect + ", namespace " + draft.namespace + ", session "
                + draft.sessionTimeout + (draft.digest.isPresent() ? ", with a password" : "") + "]";
    }

    private static final class Draft {

        private String connect;
        private String namespace = "default";
        private String hostName;
        private Duration sessionTimeout = Duration.ofSeconds(6);
        private Duration tickTime = Duration.ofSeconds(2);
        private HandoffBudget budget = new HandoffBudget(20_000_000, 100_000);
        private Duration lockDelay = Duration.ZERO;
        private OnLost onLost = OnLost.EVENT;
        private Duration connectTimeout = Duration.ofSeconds(15);
        private boolean standBy = true;
        private int maxLocks = 256;
        private Optional<byte[]> digest = Optional.empty();
        private Optional<Path> clientConfig = Optional.empty();
        private RegionOptions region = RegionOptions.defaults();

        private Draft() {}

        private Draft(Draft from) {
            connect = from.connect;
            namespace = from.namespace;
            hostName = from.hostName;
            sessionTimeout = from.sessionTimeout;
            tickTime = from.tickTime;
            budget = from.budget;
            lockDelay = from.lockDelay;
            onLost = from.onLost;
            connectTimeout = from.connectTimeout;
            standBy = from.standBy;
            maxLocks = from.maxLocks;
            digest = from.digest;
            clientConfig = from.clientConfig;
            region = from.region;
        }
    }
}
