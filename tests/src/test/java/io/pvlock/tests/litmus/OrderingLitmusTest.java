package io.pvlock.tests.litmus;

import static io.pvlock.tests.litmus.Litmus.Order.ACQUIRE;
import static io.pvlock.tests.litmus.Litmus.Order.PLAIN;
import static io.pvlock.tests.litmus.Litmus.Order.RELEASE;
import static io.pvlock.tests.litmus.Litmus.Order.VOLATILE;
import static io.pvlock.tests.litmus.Litmus.code;
import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.tests.litmus.Litmus.Code;
import io.pvlock.tests.litmus.Litmus.Order;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The pairs of docs/ordering.md that have more than one word, as the code has them; and what each order in them is for. */
class OrderingLitmusTest {

    private static final Map<String, Integer> ALL_ZERO = Map.of();

    private static int get(Map<String, Integer> outcome, String result) {
        return outcome.get(result);
    }

    private static List<Map<String, Integer>> find(Predicate<Map<String, Integer>> forbidden, Code... threads) {
        return Litmus.outcomes(forbidden, ALL_ZERO, threads);
    }

    // ---- the enumerator itself

    @Test
    void storeBuffersAreSeen() {
        Predicate<Map<String, Integer>> bothMissed = o -> get(o, "a") == 0 && get(o, "b") == 0;
        assertThat(find(
                        bothMissed,
                        code().store("x", 1, VOLATILE).load("y", VOLATILE, "a"),
                        code().store("y", 1, VOLATILE).load("x", VOLATILE, "b")))
                .isEmpty();
        assertThat(find(
                        bothMissed,
                        code().store("x", 1, RELEASE).load("y", ACQUIRE, "a"),
                        code().store("y", 1, RELEASE).load("x", ACQUIRE, "b")))
                .isNotEmpty();
    }

    @Test
    void messagesArePassed() {
        Predicate<Map<String, Integer>> stale = o -> get(o, "flag") == 1 && get(o, "data") == 0;
        Code reader = code().load("flag", ACQUIRE, "flag").load("data", "data");
        assertThat(find(stale, code().store("data", 1).store("flag", 1, RELEASE), reader))
                .isEmpty();
        assertThat(find(stale, code().store("data", 1).store("flag", 1), reader))
                .isNotEmpty();
    }

    @Test
    void oneCompareAndSetOfTwoSucceeds() {
        assertThat(Litmus.outcomes(
                        ALL_ZERO, code().compareAndSet("x", 0, 1, "a"), code().compareAndSet("x", 0, 2, "b")))
                .containsExactlyInAnyOrder(Map.of("a", 1, "b", 0), Map.of("a", 0, "b", 1));
    }

    /** As on a machine with load-linked and store-conditional; and Java promises no more. */
    @Test
    void aCompareAndSetThatFailsIsNoFence() {
        Predicate<Map<String, Integer>> bothMissed = o -> get(o, "a") == 0 && get(o, "b") == 0;
        Code other = code().store("y", 1, VOLATILE).load("x", VOLATILE, "b");
        int fails = 7;
        assertThat(find(
                        bothMissed,
                        code().store("x", 1, RELEASE)
                                .compareAndSet("z", fails, 1, "cas")
                                .load("y", VOLATILE, "a"),
                        other))
                .isNotEmpty();
        assertThat(find(
                        bothMissed,
                        code().store("x", 1, VOLATILE)
                                .compareAndSet("z", fails, 1, "cas")
                                .load("y", VOLATILE, "a"),
                        other))
                .isEmpty();
    }

    /** And one that succeeds does not keep a later store behind its own, unless that one releases. */
    @Test
    void aStoreMayOvertakeTheCompareAndSetBeforeIt() {
        Predicate<Map<String, Integer>> overtaken = o -> get(o, "later") == 1 && get(o, "word") == 0;
        Code reader = code().load("later", VOLATILE, "later").load("word", VOLATILE, "word");
        assertThat(find(overtaken, code().compareAndSet("word", 0, 1, "cas").store("later", 1), reader))
                .isNotEmpty();
        assertThat(find(overtaken, code().compareAndSet("word", 0, 1, "cas").store("later", 1, RELEASE), reader))
                .isEmpty();
    }

    // ---- P4, P5: PvQSpinLock

    private static final int HALTED = 1;

    private static Code granter() {
        return code().compareAndSet("grant", 0, 1, "granted").compareAndSet("state", HALTED, 2, "hashed");
    }

    private static final Predicate<Map<String, Integer>> SLEEPS_FOR_EVER =
            o -> get(o, "grant") == 0 && get(o, "hashed") == 0;

    /** The granter's second compare-and-set fails where the waiter is awake: that it is no fence does no harm. */
    @Test
    void p4TheWaiterSeesItsGrantOrIsEntered() {
        assertThat(find(
                        SLEEPS_FOR_EVER,
                        code().store("state", HALTED, VOLATILE).load("grant", VOLATILE, "grant"),
                        granter()))
                .isEmpty();
        assertThat(find(
                        SLEEPS_FOR_EVER,
                        code().store("state", HALTED, RELEASE).load("grant", ACQUIRE, "grant"),
                        granter()))
                .isNotEmpty();
    }

    /** Also if the word was SLOW before, so that the head changes nothing after its entry. */
    @Test
    void p5TheUnlockerFindsTheEntryOfWhoeverSawSlow() {
        int slow = 3;
        assertThat(Litmus.outcomes(
                        o -> get(o, "cell") == slow && get(o, "entry") == 0,
                        Map.of("cell", slow),
                        code().compareAndSet("entry", 0, 1, "entered").load("cell", VOLATILE, "cell"),
                        code().compareAndSet("cell", slow, 0, "released").load("entry", VOLATILE, "entry")))
                .isEmpty();
    }

    // ---- P9: VcpuRegistry and RegionInspector

    @Test
    void p9WhoIsNamedIsOfItsGeneration() {
        Predicate<Map<String, Integer>> mistaken = o -> get(o, "pid") == 1 && get(o, "generation") == 0;
        Code inspector = code().load("pid", "pid").acquireFence().load("generation", VOLATILE, "generation");
        assertThat(find(
                        mistaken,
                        code().compareAndSet("generation", 0, 1, "claimed")
                                .releaseFence()
                                .store("pid", 1),
                        inspector))
                .isEmpty();
        assertThat(find(
                        mistaken,
                        code().compareAndSet("generation", 0, 1, "claimed").store("pid", 1),
                        inspector))
                .isNotEmpty();
    }

    // ---- P18, P19: ReadHolds and WriterWord

    @Test
    void p18ReaderOrWriterSeesTheOther() {
        Predicate<Map<String, Integer>> bothEnter = o -> get(o, "writer") == 0 && get(o, "reader") == 0;
        Code writer = code().store("writer", 1, VOLATILE).load("reader", VOLATILE, "reader");
        assertThat(find(
                        bothEnter,
                        code().store("reader", 1, VOLATILE)
                                .compareAndSet("mark", 0, 1, "marked")
                                .load("writer", VOLATILE, "writer"),
                        writer))
                .isEmpty();
        assertThat(find(bothEnter, code().store("reader", 1, RELEASE).load("writer", ACQUIRE, "writer"), writer))
                .isNotEmpty();
    }

    /** Whoever finds the line marked marks nothing: no fence of its own is needed, either. */
    @Test
    void p18TheWriterLooksWhereTheReaderIs() {
        assertThat(find(
                        o -> get(o, "marked") == 0
                                && get(o, "seen") == 1
                                && get(o, "writer") == 0
                                && (get(o, "mark") == 0 || get(o, "reader") == 0),
                        code().compareAndSet("mark", 0, 1, "neighbour"),
                        code().store("reader", 1, VOLATILE)
                                .load("mark", VOLATILE, "seen")
                                .compareAndSet("none", 7, 0, "marked")
                                .load("writer", VOLATILE, "writer"),
                        code().store("writer", 1, VOLATILE)
                                .load("mark", VOLATILE, "mark")
                                .load("reader", VOLATILE, "reader")))
                .isEmpty();
    }

    // ---- P34: VcpuWords and LineMarks

    @Test
    void p34NoWordIsSetInALineThatIsNotMarked() {
        Map<String, Integer> marked = Map.of("mark", 1);
        Predicate<Map<String, Integer>> missed = o -> get(o, "mark") == 1 && get(o, "reader") == 0;
        Code tidier = code().compareAndSet("mark", 1, 0, "unmarked").load("reader", VOLATILE, "reader");
        assertThat(Litmus.outcomes(
                        missed, marked, code().store("reader", 1, VOLATILE).load("mark", VOLATILE, "mark"), tidier))
                .isEmpty();
        assertThat(Litmus.outcomes(
                        missed, marked, code().store("reader", 1, RELEASE).load("mark", ACQUIRE, "mark"), tidier))
                .isNotEmpty();
    }

    /** One mark for the words of a line: a neighbour's is as good as one's own, whoever sets and takes it. */
    @Test
    void p34AMarkIsEveryonesOfTheLine() {
        Map<String, Integer> marked = Map.of("mark", 1);
        assertThat(Litmus.outcomes(
                        o -> get(o, "mark") == 1 && get(o, "unmarked") == 1 && get(o, "reader") == 0,
                        marked,
                        code().store("reader", 1, VOLATILE).load("mark", VOLATILE, "mark"),
                        code().compareAndSet("mark", 1, 0, "unmarked").load("reader", VOLATILE, "reader"),
                        code().compareAndSet("mark", 0, 1, "neighbour")))
                .isNotEmpty(); // the neighbour's mark was seen: it is there to stay
        assertThat(Litmus.outcomes(
                        o -> get(o, "mark") == 1
                                && get(o, "unmarked") == 1
                                && get(o, "neighbour") == 0
                                && get(o, "reader") == 0,
                        marked,
                        code().store("reader", 1, VOLATILE).load("mark", VOLATILE, "mark"),
                        code().compareAndSet("mark", 1, 0, "unmarked").load("reader", VOLATILE, "reader"),
                        code().compareAndSet("mark", 0, 1, "neighbour")))
                .isEmpty();
    }

    @Test
    void p36NobodyWaitsForASlotThatIsThere() {
        Predicate<Map<String, Integer>> missed = o -> get(o, "wanted") == 0 && get(o, "free") == 0;
        Code waiter = code().store("wanted", 1, VOLATILE).load("free", VOLATILE, "free");
        assertThat(find(missed, waiter, code().store("free", 1, VOLATILE).load("wanted", VOLATILE, "wanted")))
                .isEmpty();
        assertThat(find(missed, waiter, code().store("free", 1, RELEASE).load("wanted", ACQUIRE, "wanted")))
                .isNotEmpty();
    }

    @Test
    void p19TheWaitingWriterIsKickedOrSeesTheReaderGone() {
        Predicate<Map<String, Integer>> forgotten = o -> get(o, "head") == 0 && get(o, "reader") == 1;
        Code writer = code().store("head", 1, VOLATILE).load("reader", VOLATILE, "reader");
        Map<String, Integer> reads = Map.of("reader", 1);
        assertThat(Litmus.outcomes(
                        forgotten, reads, code().store("reader", 0, VOLATILE).load("head", VOLATILE, "head"), writer))
                .isEmpty();
        assertThat(Litmus.outcomes(
                        forgotten, reads, code().store("reader", 0, RELEASE).load("head", ACQUIRE, "head"), writer))
                .isNotEmpty();
    }

    // ---- P20: optimistic reads

    private static Code twoWrites(Order version) {
        Code code = code();
        for (int write = 1; write <= 2; write++) {
            code.store("writer", 1, VOLATILE)
                    .store("version", write, version)
                    .releaseFence()
                    .store("first", write)
                    .store("second", write)
                    .store("writer", 0, VOLATILE);
        }
        return code;
    }

    private static final Code OPTIMIST = code().load("version", VOLATILE, "stamp")
            .load("writer", VOLATILE, "writer")
            .load("first", "first")
            .load("second", "second")
            .acquireFence()
            .load("version", "version");

    private static final Predicate<Map<String, Integer>> TORN_AND_VALID = o -> get(o, "writer") == 0
            && get(o, "version") == get(o, "stamp")
            && (get(o, "first") != get(o, "stamp") || get(o, "second") != get(o, "stamp"));

    @Test
    void p20WhatValidatesIsOneWriteAndWhole() {
        assertThat(find(TORN_AND_VALID, twoWrites(RELEASE), OPTIMIST)).isEmpty();
    }

    @Test
    void p20TheVersionMustNotOvertakeLocked() {
        assertThat(find(TORN_AND_VALID, twoWrites(PLAIN), OPTIMIST)).isNotEmpty();
    }

    // ---- P21: SequenceCount, SharedSequenceLock

    private static Code sequenceWriter() {
        return code().store("count", 1, RELEASE)
                .releaseFence()
                .store("first", 1)
                .store("second", 1)
                .store("count", 2, RELEASE);
    }

    @Test
    void p21WhatNeedNotBeReadAgainIsWhole() {
        Predicate<Map<String, Integer>> torn = o ->
                get(o, "begin") % 2 == 0 && get(o, "begin") == get(o, "end") && get(o, "first") != get(o, "second");
        assertThat(find(
                        torn,
                        sequenceWriter(),
                        code().load("count", VOLATILE, "begin")
                                .load("first", "first")
                                .load("second", "second")
                                .acquireFence()
                                .load("count", "end")))
                .isEmpty();
        assertThat(find(
                        torn,
                        sequenceWriter(),
                        code().load("count", VOLATILE, "begin")
                                .load("first", "first")
                                .load("second", "second")
                                .load("count", "end")))
                .isNotEmpty();
    }

    private static Code namedWriter(boolean byLock, Order odd) {
        Code code = code();
        for (int count = 0; count < 4; count += 2) {
            if (byLock) {
                code.store("name", 1, RELEASE);
            } else {
                code.compareAndSet("name", 0, 1, "entered" + count);
            }
            code.store("count", count + 1, odd)
                    .releaseFence()
                    .store("data", 1)
                    .store("count", count + 2, RELEASE)
                    .store("name", 0, RELEASE);
        }
        return code;
    }

    /** checkWriterLives: an odd count without a name, and the same again, is a dead writer's. */
    private static final Predicate<Map<String, Integer>> TAKEN_FOR_DEAD =
            o -> get(o, "odd") % 2 == 1 && get(o, "name") == 0 && get(o, "again") == get(o, "odd");

    private static final Code WAITING_READER =
            code().load("count", VOLATILE, "odd").load("name", VOLATILE, "name").load("count", VOLATILE, "again");

    @Test
    void p21AWriterAliveIsNotTakenForDead() {
        for (boolean byLock : new boolean[] {true, false}) {
            assertThat(find(TAKEN_FOR_DEAD, namedWriter(byLock, RELEASE), WAITING_READER))
                    .isEmpty();
        }
    }

    @Test
    void p21TheCountMustNotOvertakeTheName() {
        for (boolean byLock : new boolean[] {true, false}) {
            assertThat(find(TAKEN_FOR_DEAD, namedWriter(byLock, PLAIN), WAITING_READER))
                    .isNotEmpty();
        }
    }

    // ---- P22: SequenceLatch

    private static Code latchWriter(boolean fenced) {
        Code code = code();
        for (int version = 1; version <= 2; version++) {
            code.store("count", 2 * version - 1, RELEASE);
            if (fenced) {
                code.releaseFence();
            }
            code.store("first" + version % 2, version)
                    .store("second" + version % 2, version)
                    .store("count", 2 * version, RELEASE);
        }
        return code;
    }

    @Test
    void p22TheCopyIsWhole() {
        // The reader that began before the first write, and reads the copy that the second one changes.
        Code reader = code().load("count", VOLATILE, "begin")
                .load("first0", "first")
                .load("second0", "second")
                .acquireFence()
                .load("count", "end");
        Predicate<Map<String, Integer>> torn =
                o -> get(o, "begin") <= 1 && get(o, "end") <= 2 && (get(o, "first") != 0 || get(o, "second") != 0);
        assertThat(find(torn, latchWriter(true), reader)).isEmpty();
        assertThat(find(torn, latchWriter(false), reader)).isNotEmpty();
    }

    /** An odd count leads to the copy that was published last, too. */
    @Test
    void p22ThePublishedCopyIsThereByTheOddCount() {
        assertThat(find(
                        o -> get(o, "begin") == 3
                                && get(o, "end") <= 4
                                && (get(o, "first") != 1 || get(o, "second") != 1),
                        latchWriter(true),
                        code().load("count", VOLATILE, "begin")
                                .load("first1", "first")
                                .load("second1", "second")
                                .acquireFence()
                                .load("count", "end")))
                .isEmpty();
    }

    // ---- P16: EventLog; P32: LockEntry

    private static Predicate<Map<String, Integer>> mixed(int nobody) {
        return o -> get(o, "owner") != nobody
                && get(o, "owner") == get(o, "again")
                && (get(o, "pid") != get(o, "owner") || get(o, "tid") != get(o, "owner"));
    }

    private static final Map<String, Integer> FIRST_DEATH = Map.of("owner", 1, "pid", 1, "tid", 1);

    private static final Code DEATH_READER = code().load("owner", VOLATILE, "owner")
            .load("pid", "pid")
            .load("tid", "tid")
            .acquireFence()
            .load("owner", "again");

    @Test
    void p32ADeathIsReadWhole() {
        assertThat(Litmus.outcomes(
                        mixed(0),
                        FIRST_DEATH,
                        code().store("owner", 0)
                                .releaseFence()
                                .store("pid", 2)
                                .store("tid", 2)
                                .compareAndSet("owner", 0, 2, "published"),
                        DEATH_READER))
                .isEmpty();
        assertThat(Litmus.outcomes(
                        mixed(0),
                        FIRST_DEATH,
                        code().store("owner", 2).store("pid", 2).store("tid", 2),
                        DEATH_READER))
                .isNotEmpty();
    }

    @Test
    void p16AnEventIsReadWhole() {
        assertThat(Litmus.outcomes(
                        mixed(0),
                        FIRST_DEATH,
                        code().store("owner", 0, VOLATILE)
                                .releaseFence()
                                .store("pid", 2)
                                .store("tid", 2)
                                .store("owner", 2, RELEASE),
                        DEATH_READER))
                .isEmpty();
    }
}
