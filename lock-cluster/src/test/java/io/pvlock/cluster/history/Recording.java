package io.pvlock.cluster.history;

import java.util.TreeMap;

/**
 * What processes of several hosts have said of one lock, for {@link History} to judge when all is over. They have one clock. A grant is known
 * to have been valid from {@code since} to {@code last}: two readings of the clock with a question in between, or after, that was answered yes.
 * It may have been valid before and afterwards; so nothing that is found broken here can have been in order.
 *
 * <p>Thread-safe.
 */
public final class Recording {

    private enum End {
        NONE,
        /** Its process was killed while it gave the lock back. */
        UNKNOWN,
        RELEASED,
        LOST,
        DIED
    }

    private static final class Grant implements History.Holder {

        private final String who;
        private final long token;
        private final boolean told;
        private final boolean known;
        private final long since;
        private long last;
        private boolean ending;
        private boolean repaired;
        private boolean refused;
        private End end = End.NONE;

        private Grant(String who, long token, boolean told, boolean known, long since) {
            this.who = who;
            this.token = token;
            this.told = told;
            this.known = known;
            this.since = since;
            this.last = since;
        }

        @Override
        public String who() {
            return who + " with token " + token + ", known to be valid from " + since + " to " + last;
        }

        /** Two that are valid at once are found before. */
        @Override
        public boolean isValid() {
            return false;
        }
    }

    private final TreeMap<Long, Grant> grants = new TreeMap<>();
    private String holder = "";

    // ---- what is said

    /** @param known whether it was valid after {@code sinceNs} was read */
    public synchronized void granted(String who, long token, boolean told, boolean known, long sinceNs) {
        if (grants.containsKey(token)) {
            throw new History.Violation("I2", who + " and " + grants.get(token).who + " both got token " + token);
        }
        grants.put(token, new Grant(who, token, told, known, sinceNs));
        holder = who;
    }

    /** It was valid after {@code atNs} was read. */
    public synchronized void valid(long token, long atNs) {
        grants.get(token).last = atNs;
    }

    /** The store has refused what came with this token. */
    public synchronized void refused(long token) {
        grants.get(token).refused = true;
    }

    /** It is about to give the lock back; whether it has declared the data repaired. */
    public synchronized void releasing(long token, boolean repaired) {
        grants.get(token).ending = true;
        grants.get(token).repaired = repaired;
    }

    /** @param well whether it was valid to its end */
    public synchronized void released(long token, boolean well) {
        Grant grant = grants.get(token);
        grant.end = well ? End.RELEASED : End.LOST;
        if (well && grant.refused) {
            throw new History.Violation("I1", grant.who() + " was valid to its end, but the store has refused it");
        }
    }

    /** The process {@code who} was killed. */
    public synchronized void died(String who) {
        for (Grant grant : grants.values()) {
            if (grant.end == End.NONE && grant.who.equals(who)) {
                grant.end = grant.ending ? End.UNKNOWN : End.DIED;
            }
        }
    }

    public synchronized int grants() {
        return grants.size();
    }

    /** Who has been granted the lock last; empty for nobody. */
    public synchronized String holder() {
        return holder;
    }

    /** When {@code who} was known last to have the lock; 0 for never. */
    public synchronized long lastValidNs(String who) {
        return grants.values().stream()
                .filter(grant -> grant.known && grant.who.equals(who))
                .mapToLong(grant -> grant.last)
                .max()
                .orElse(0);
    }

    // ---- judgement

    /**
     * Judges; once, when nobody says anything any more.
     *
     * @param calmNs since when no host has lost the lease: nobody is told of an end that was none
     * @throws History.Violation of what was broken
     */
    public synchronized void check(long calmNs) {
        History history = new History();
        Grant before = null;
        Grant longest = null;
        boolean calm = false;
        for (Grant grant : grants.values()) {
            if (before != null) {
                end(history, before);
            }
            if (grant.known) {
                checkOrder(longest, grant);
                longest = longest == null || grant.last > longest.last ? grant : longest;
            }
            calm |= grant.known && grant.since >= calmNs;
            if (!calm) {
                history.leaseLost(); // a host may have lost it that nobody knows of
            }
            history.granted(grant, grant.token, grant.told, true);
            if (calm && !grant.told) {
                history.repaired(); // all that may have been told has been
            }
            before = grant;
        }
    }

    private static void checkOrder(Grant before, Grant grant) {
        if (before != null && grant.last < before.since) {
            throw new History.Violation("I2", grant.who() + " comes before " + before.who());
        }
        if (before != null && grant.since <= before.last) {
            throw new History.Violation("I1", before.who() + " and " + grant.who() + " have the lock");
        }
    }

    private static void end(History history, Grant grant) {
        switch (grant.end) {
            case NONE -> throw new IllegalStateException(grant.who() + " has not ended");
            case RELEASED -> history.released(grant, true);
            case LOST -> history.released(grant, false);
            case DIED -> history.died(grant);
            case UNKNOWN -> {
                history.released(grant, true);
                history.leaseLost();
            }
        }
        boolean wentWell = grant.end == End.RELEASED || grant.end == End.UNKNOWN;
        if (grant.told && grant.repaired && wentWell) {
            history.repaired();
        }
        if (grant.told && !grant.repaired || grant.end == End.UNKNOWN) {
            history.leaseLost();
        }
    }
}
