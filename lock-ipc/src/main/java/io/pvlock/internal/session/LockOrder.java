package io.pvlock.internal.session;

import io.pvlock.internal.Log;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Learns in which order the threads of this process take locks, and reports an order that contradicts what it has learned: a deadlock
 * that has not happened yet. After the kernel's lockdep; a class of locks is all locks of one name.
 *
 * <p>What it learns is a graph: an edge from a lock that was held to one that was waited for meanwhile. An edge that closes a circle is
 * reported, with the place where it was made and that of the edge that leads back.
 */
public final class LockOrder {

    /** System property that switches it on. */
    public static final String PROPERTY = "pvlock.checkOrder";

    /** A lock that a vCPU holds. */
    record Hold(int cell, String lockClass) {}

    /** Who did it, and where. */
    private static final class Place extends Throwable {
        private static final long serialVersionUID = 1L;

        Place() {
            super("thread '" + Thread.currentThread().getName() + "'");
        }
    }

    /** From a lock to those that were waited for by who held it, and where first. */
    private final Map<String, Map<String, Place>> edges = new HashMap<>();

    private final List<String> reports = new ArrayList<>();

    /** {@code me} is about to wait for a lock. */
    public void check(Attachment me, String wanted) {
        for (Hold hold : me.inOrder) {
            if (!hold.lockClass.equals(wanted)) {
                learn(hold.lockClass, wanted);
            }
        }
    }

    /** {@code me} has taken the lock at {@code cell}. */
    public void taken(Attachment me, int cell, String lockClass) {
        me.inOrder.add(new Hold(cell, lockClass));
    }

    /** {@code me} has given the lock at {@code cell} back. */
    public void givenBack(Attachment me, int cell) {
        me.inOrder.removeIf(hold -> hold.cell == cell);
    }

    // A logger is foreign code: it must not run under this object's monitor, and what it throws
    // must not keep anybody from its lock.
    private void learn(String held, String wanted) {
        String report = learnAndReport(held, wanted);
        if (report != null) {
            Log.warn(report); // it is among the reports in any case
        }
    }

    /** The report if the edge closes a circle; else null. */
    private synchronized String learnAndReport(String held, String wanted) {
        Map<String, Place> from = edges.computeIfAbsent(held, key -> new LinkedHashMap<>());
        if (from.containsKey(wanted)) {
            return null;
        }
        Place here = new Place();
        from.put(wanted, here);
        List<String> back = new ArrayList<>();
        if (leadsBack(wanted, held, back, new HashSet<>())) {
            return report(held, wanted, here, back);
        }
        return null;
    }

    /** Whether the graph leads from {@code from} to {@code to}; {@code path} becomes the way, both ends included. */
    private boolean leadsBack(String from, String to, List<String> path, Set<String> seen) {
        path.add(from);
        if (from.equals(to)) {
            return true;
        }
        if (seen.add(from)) {
            for (String next : edges.getOrDefault(from, Map.of()).keySet()) {
                if (leadsBack(next, to, path, seen)) {
                    return true;
                }
            }
        }
        path.remove(path.size() - 1);
        return false;
    }

    private String report(String held, String wanted, Place here, List<String> back) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        out.println("possible deadlock: lock '" + wanted + "' is waited for by who holds '" + held + "', here:");
        here.printStackTrace(out);
        for (int i = 1; i < back.size(); i++) {
            out.println("but '" + back.get(i) + "' was waited for by who held '" + back.get(i - 1) + "', here:");
            edges.get(back.get(i - 1)).get(back.get(i)).printStackTrace(out);
        }
        out.flush();
        reports.add(text.toString());
        return text.toString();
    }

    /** What was reported, oldest first. */
    public synchronized List<String> reports() {
        return List.copyOf(reports);
    }
}
