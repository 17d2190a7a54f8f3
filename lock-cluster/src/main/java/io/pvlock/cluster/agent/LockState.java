package io.pvlock.cluster.agent;

import io.pvlock.cluster.lease.Grant;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the cluster knows of a lock, as a line of text that people can read, too.
 *
 * @param grant number of the last grant
 * @param dirty whether it is granted: if its host is gone, it did not end well
 * @param unclean whether whoever had it before the present grant, or had it last, did not end well
 * @param node the queue node that it was granted to, "-" for none
 */
public record LockState(long grant, boolean dirty, boolean unclean, String node) {

    static final String NOBODY = "-";

    private static final Pattern LINE = Pattern.compile("pvlock1 grant=(\\d+) dirty=([01]) unclean=([01]) node=(\\S+)");

    /** Grants are counted from here, in milliseconds, so that a cluster that has lost its memory goes on with greater ones. */
    private static final long BEGIN = Instant.parse("2020-01-01T00:00:00Z").toEpochMilli();

    /** A clock that is set too far ahead leaves room for decades of grants all the same. */
    private static final long GREATEST_FIRST = Grant.MAX_GRANT - (1L << 38);

    /** Of a lock that nobody has had, by the wall clock, whatever that says. */
    static LockState first(long epochMs) {
        return new LockState(Math.max(1, Math.min(epochMs - BEGIN, GREATEST_FIRST)), false, false, NOBODY);
    }

    /** @throws IllegalArgumentException if that is no such line */
    public static LockState parse(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        Matcher line = LINE.matcher(text);
        if (!line.matches()) {
            throw new IllegalArgumentException("the state of a lock reads '" + text
                    + "', which pvlock has not written; choose another namespace, or delete the lock's nodes");
        }
        return new LockState(
                Long.parseLong(line.group(1)),
                line.group(2).equals("1"),
                line.group(3).equals("1"),
                line.group(4));
    }

    byte[] bytes() {
        String text = "pvlock1 grant=" + grant + " dirty=" + (dirty ? 1 : 0) + " unclean=" + (unclean ? 1 : 0)
                + " node=" + node;
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Whether the next one is to be told. */
    public boolean isUnclean() {
        return dirty || unclean;
    }

    /** If {@code to} has it already, it gets it under another number. */
    LockState granted(long number, String to) {
        boolean left = dirty && !node.equals(to);
        return new LockState(number, true, left || unclean, to);
    }

    boolean isGrantedTo(QueueNode queued) {
        return queued != null && dirty && node.equals(queued.name());
    }

    LockState released(boolean inconsistent) {
        return new LockState(grant, false, inconsistent, NOBODY);
    }
}
