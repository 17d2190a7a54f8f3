package io.pvlock.tests.litmus;

import static io.pvlock.tests.litmus.Litmus.Order.ACQUIRE;
import static io.pvlock.tests.litmus.Litmus.Order.PLAIN;
import static io.pvlock.tests.litmus.Litmus.Order.RELEASE;
import static io.pvlock.tests.litmus.Litmus.Order.VOLATILE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Tries all that a few threads can do to a few words. A thread's accesses reach the memory one by one, in any order but for what
 * Java's access modes and fences keep; what reached it is seen by all at once, as on ARMv8 and later. A compare-and-set is a load with
 * acquire and, if it succeeds, a store with release, between which no other store to its word comes, but accesses to others may.
 *
 * <p>Branches order nothing here, nor do addresses: a machine does less. What threads read of their own stores is not for this.
 */
final class Litmus {

    enum Order {
        /** Opaque is the same here: it orders nothing between two words. */
        PLAIN,
        ACQUIRE,
        RELEASE,
        VOLATILE
    }

    private enum Kind {
        LOAD,
        STORE,
        CAS_LOAD,
        CAS_STORE,
        ACQUIRE_FENCE,
        RELEASE_FENCE;

        boolean loads() {
            return this == LOAD || this == CAS_LOAD;
        }

        boolean stores() {
            return this == STORE || this == CAS_STORE;
        }

        boolean isAccess() {
            return loads() || stores();
        }
    }

    /** @param result what a load is called among the results */
    private record Step(Kind kind, String word, Order order, int expected, int value, String result) {

        boolean acquires() {
            return kind.loads() && (order == ACQUIRE || order == VOLATILE);
        }

        boolean releases() {
            return kind.stores() && (order == RELEASE || order == VOLATILE);
        }

        /** Whether it must reach the memory before {@code later} of the same thread does. */
        boolean isBefore(Step later) {
            if (!kind.isAccess()) {
                return later.kind.stores()
                        || later.kind.loads() && kind == Kind.ACQUIRE_FENCE
                        || !later.kind.isAccess();
            }
            if (!later.kind.isAccess()) {
                return kind.loads() || later.kind == Kind.RELEASE_FENCE;
            }
            return word.equals(later.word)
                    || acquires()
                    || later.releases()
                    || kind.stores() && order == VOLATILE && later.kind.loads() && later.order == VOLATILE;
        }
    }

    /** What one thread does, in the order of the program. */
    static final class Code {

        private final List<Step> steps = new ArrayList<>();

        Code store(String word, int value, Order order) {
            return add(Kind.STORE, word, order, 0, value, null);
        }

        Code store(String word, int value) {
            return store(word, value, PLAIN);
        }

        Code load(String word, Order order, String result) {
            return add(Kind.LOAD, word, order, 0, 0, result);
        }

        Code load(String word, String result) {
            return load(word, PLAIN, result);
        }

        /** The result is 1 if it succeeds, 0 if it fails. */
        Code compareAndSet(String word, int expected, int value, String result) {
            return add(Kind.CAS_LOAD, word, VOLATILE, expected, value, result)
                    .add(Kind.CAS_STORE, word, VOLATILE, expected, value, result);
        }

        Code acquireFence() {
            return add(Kind.ACQUIRE_FENCE, null, null, 0, 0, null);
        }

        Code releaseFence() {
            return add(Kind.RELEASE_FENCE, null, null, 0, 0, null);
        }

        private Code add(Kind kind, String word, Order order, int expected, int value, String result) {
            steps.add(new Step(kind, word, order, expected, value, result));
            return this;
        }
    }

    /** @param reserved words between the two halves of a compare-and-set, with the thread whose it is */
    private record State(
            Map<String, Integer> memory,
            Map<String, Integer> results,
            Map<String, Integer> reserved,
            List<Integer> done) {}

    private final Code[] threads;
    private final Set<State> seen = new HashSet<>();
    private final Set<Map<String, Integer>> outcomes = new HashSet<>();

    private Litmus(Code... threads) {
        this.threads = threads;
    }

    static Code code() {
        return new Code();
    }

    /**
     * All that can come of it.
     *
     * @param initial of the words that are not 0
     */
    static Set<Map<String, Integer>> outcomes(Map<String, Integer> initial, Code... threads) {
        Litmus litmus = new Litmus(threads);
        Integer[] nothing = new Integer[threads.length];
        Arrays.fill(nothing, 0);
        litmus.goOn(new State(initial, Map.of(), Map.of(), List.of(nothing)));
        return litmus.outcomes;
    }

    /** Those of {@link #outcomes} that must not be. */
    static List<Map<String, Integer>> outcomes(
            Predicate<Map<String, Integer>> forbidden, Map<String, Integer> initial, Code... threads) {
        return outcomes(initial, threads).stream().filter(forbidden).toList();
    }

    private void goOn(State state) {
        if (!seen.add(state)) {
            return;
        }
        boolean ended = true;
        for (int thread = 0; thread < threads.length; thread++) {
            List<Step> steps = threads[thread].steps;
            for (int i = 0; i < steps.size(); i++) {
                if ((state.done.get(thread) & 1 << i) == 0) {
                    ended = false;
                    if (isNext(steps, i, thread, state) && isFree(steps.get(i), thread, state)) {
                        goOn(after(state, thread, i));
                    }
                }
            }
        }
        if (ended) {
            outcomes.add(state.results);
        }
    }

    private static boolean isNext(List<Step> steps, int step, int thread, State state) {
        int done = state.done.get(thread);
        for (int before = 0; before < step; before++) {
            boolean ordered = steps.get(before).isBefore(steps.get(step));
            if (ordered && (done & 1 << before) == 0 && !isVoid(steps.get(before), state)) {
                return isVoid(steps.get(step), state);
            }
        }
        return true;
    }

    /** The second half of a compare-and-set that has failed: it stores nothing and orders nothing. */
    private static boolean isVoid(Step step, State state) {
        return step.kind == Kind.CAS_STORE && state.results.getOrDefault(step.result, 1) == 0;
    }

    private static boolean isFree(Step step, int thread, State state) {
        boolean changes = step.kind == Kind.STORE || step.kind == Kind.CAS_LOAD && succeeds(step, state);
        return !changes || state.reserved.getOrDefault(step.word, thread) == thread;
    }

    private static boolean succeeds(Step step, State state) {
        return state.memory.getOrDefault(step.word, 0) == step.expected;
    }

    private State after(State state, int thread, int index) {
        Step step = threads[thread].steps.get(index);
        Map<String, Integer> memory = new HashMap<>(state.memory);
        Map<String, Integer> results = new HashMap<>(state.results);
        Map<String, Integer> reserved = new HashMap<>(state.reserved);
        switch (step.kind) {
            case LOAD -> results.put(step.result, memory.getOrDefault(step.word, 0));
            case STORE -> memory.put(step.word, step.value);
            case CAS_LOAD -> {
                results.put(step.result, succeeds(step, state) ? 1 : 0);
                if (succeeds(step, state)) {
                    reserved.put(step.word, thread);
                }
            }
            case CAS_STORE -> {
                if (results.get(step.result) == 1) {
                    memory.put(step.word, step.value);
                    reserved.remove(step.word);
                }
            }
            default -> {}
        }
        List<Integer> done = new ArrayList<>(state.done);
        done.set(thread, done.get(thread) | 1 << index);
        return new State(memory, results, reserved, done);
    }
}
