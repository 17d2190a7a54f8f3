package io.pvlock.cluster.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges what lockers of all hosts have seen of one lock, as it happens. The names of the rules are those of docs/cluster.md.
 *
 * <p>I1: at no instant are two grants valid. I2: tokens rise in the order of grants. I3: a store that checks tokens never takes a smaller one
 * after a greater. I4: who comes after one that did not end well is told, and nobody else is. I5: nobody is granted it unless the lease is
 * active. I6: who can be served is.
 */
public final class History {

    /** A broken rule. */
    public static final class Violation extends AssertionError {

        private static final long serialVersionUID = 1L;

        private final String rule;

        public Violation(String rule, String what) {
            super(rule + ": " + what);
            this.rule = rule;
        }

        public String rule() {
            return rule;
        }
    }

    /** Somebody who has been granted the lock, and whether it still is theirs. */
    public interface Holder {

        String who();

        boolean isValid();
    }

    private static final class Open {
        private final Holder holder;
        private final long token;
        private boolean settled;

        private Open(Holder holder, long token) {
            this.holder = holder;
            this.token = token;
        }
    }

    private final Map<Holder, Open> open = new HashMap<>();
    private long lastToken;
    private long storedToken;
    private long grants;

    /** The next one must be told. */
    private boolean mustTell;

    /** The next one may be told: a host has lost the lease while nobody held it, or so it seems. */
    private boolean mayTell;

    public void granted(Holder holder, long token, boolean told, boolean active) {
        grants++;
        if (!active) {
            throw new Violation("I5", holder.who() + " was granted the lock by a lease that is not active");
        }
        if (token <= lastToken) {
            throw new Violation("I2", holder.who() + " got token " + token + " after " + lastToken);
        }
        lastToken = token;
        // Whoever still has it is not valid any more, or I1 says so: it has not ended well.
        for (Open one : open.values()) {
            if (!one.settled) {
                one.settled = true;
                mustTell = true;
            }
        }
        if (mustTell && !told) {
            throw new Violation("I4", holder.who() + " was not told that an owner before did not end well");
        }
        if (told && !mustTell && !mayTell) {
            throw new Violation("I4", holder.who() + " was told of an owner that did not end well, but all did");
        }
        open.put(holder, new Open(holder, token));
        checkExclusion();
    }

    /** Of rule I1; to be asked after everything that happens. */
    public void checkExclusion() {
        Holder valid = null;
        for (Open one : open.values()) {
            if (one.holder.isValid()) {
                if (valid != null) {
                    throw new Violation("I1", valid.who() + " and " + one.holder.who() + " have the lock");
                }
                valid = one.holder;
            }
        }
    }

    /** The holder has declared the data repaired, by a grant that is still valid. */
    public void repaired() {
        mustTell = false;
        mayTell = false;
    }

    /** @param well whether it was valid to the end */
    public void released(Holder holder, boolean well) {
        Open ended = open.remove(holder);
        if (!well && !ended.settled) {
            mustTell = true;
        }
    }

    public void died(Holder holder) {
        Open ended = open.remove(holder);
        if (!ended.settled) {
            mustTell = true;
        }
    }

    /** A host has lost the lease, whoever held it. */
    public void leaseLost() {
        mayTell = true;
    }

    /** A write to the store arrives. */
    public boolean store(long token) {
        if (token < storedToken) {
            return false;
        }
        storedToken = token;
        return true;
    }

    /** What a store without a check would take: rule I3 for it. */
    public void storeUnchecked(Holder holder, long token) {
        if (token < storedToken) {
            throw new Violation("I3", holder.who() + " wrote with token " + token + " after " + storedToken);
        }
        storedToken = token;
    }

    public long grants() {
        return grants;
    }

    /** @param served by how many grants each that could be served was since the faults ended */
    public static void checkServed(Map<String, Integer> served, int least) {
        List<String> starved = new ArrayList<>();
        served.forEach((who, times) -> {
            if (times < least) {
                starved.add(who + " " + times + " times");
            }
        });
        if (!starved.isEmpty()) {
            throw new Violation("I6", "served after the faults: " + starved);
        }
    }
}
