package io.pvlock.tools.torture;

import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * Finds lost wakeups by what the region says, not by the clock.
 *
 * <p>A sleeper is owed a kick if it is the queue head and its cell is not SLOW any more, or its turn has come in its sleep, or
 * the one it watches has left the queue. Whoever brought that about is inside a slow path until it has kicked. So the debtors are
 * all vCPUs that are inside a slow path of this lock, or inside an unlock. If each of them has left it, alive, and the sleeper
 * still sleeps the same sleep, unkicked, its wakeup is lost: only the bound on every sleep will wake it. A debtor that is slow or
 * stopped is still inside, so the check never mistakes it for a lost wakeup.
 *
 * <p>A debtor may be killed before it kicks. That is known and accepted; such debts are counted separately.
 */
final class WakeupCheck {

    private final RegionInternals internals;
    private final IntPredicate alive;
    private final Map<Integer, Debt> debts = new HashMap<>();
    private long seen;

    /** One sleep of one vCPU: never the same again. */
    private record Sleep(int vcpu, long slotState, long number, int cell) {}

    private record Debtor(int vcpu, long slotState, long slowPath) {}

    private static final class Debt {
        final Sleep sleep;
        final long sinceNs = System.nanoTime();
        final List<Debtor> debtors;
        boolean told;

        Debt(Sleep sleep, List<Debtor> debtors) {
            this.sleep = sleep;
            this.debtors = debtors;
        }
    }

    /**
     * A debt that nobody alive will pay.
     *
     * @param debtorDied whether one of those who owed it is dead
     * @param cell offset of the lock's cell
     * @param sinceNs when it was seen first
     */
    record Lost(int vcpu, int cell, long sinceNs, boolean debtorDied, String described) {}

    /** @param alive whether the process with that id has not been killed */
    WakeupCheck(RegionInternals internals, IntPredicate alive) {
        this.internals = internals;
        this.alive = alive;
    }

    /** How many debts were seen, most of them paid soon. */
    long seen() {
        return seen;
    }

    /** The wakeups found lost since the last look. */
    List<Lost> look() {
        List<Lost> lost = new ArrayList<>();
        for (int vcpu = 0; vcpu < internals.maxVcpus(); vcpu++) {
            Sleep sleep = owedSleep(vcpu);
            Debt debt = debts.get(vcpu);
            if (sleep == null) {
                debts.remove(vcpu);
            } else if (debt == null || !debt.sleep.equals(sleep)) {
                seen++;
                // After the sleeper was seen: a vCPU that has left its slow path since then has kicked.
                debts.put(vcpu, new Debt(sleep, debtors(sleep)));
            } else if (!debt.told && isForfeit(debt) && sleep.equals(owedSleep(vcpu))) {
                debt.told = true;
                boolean died = debt.debtors.stream().anyMatch(debtor -> !isAlive(debtor.vcpu, debtor.slotState));
                lost.add(new Lost(vcpu, sleep.cell, debt.sinceNs, died, describe(vcpu, sleep.cell)));
            }
        }
        return lost;
    }

    // Nobody is inside any more, dead or alive.
    private boolean isForfeit(Debt debt) {
        return debt.debtors.stream()
                .noneMatch(debtor -> isAlive(debtor.vcpu, debtor.slotState)
                        && internals.slowPath(debtor.vcpu) == debtor.slowPath
                        && !internals.isParked(debtor.vcpu));
    }

    private boolean isAlive(int vcpu, long slotState) {
        return internals.slotState(vcpu) == slotState && alive.test(internals.pid(vcpu));
    }

    private List<Debtor> debtors(Sleep sleep) {
        List<Debtor> debtors = new ArrayList<>();
        for (int vcpu = 0; vcpu < internals.maxVcpus(); vcpu++) {
            long slotState = internals.slotState(vcpu);
            long slowPath = internals.slowPath(vcpu);
            int waitingFor = internals.waitingFor(vcpu);
            boolean concerned = waitingFor == 0 || waitingFor == sleep.cell;
            if (vcpu != sleep.vcpu
                    && internals.isAttached(vcpu)
                    && (slowPath & 1) != 0
                    && concerned
                    && !internals.isParked(vcpu)) {
                debtors.add(new Debtor(vcpu, slotState, slowPath));
            }
        }
        return debtors;
    }

    // Null: it does not sleep, or nobody owes it anything.
    private Sleep owedSleep(int vcpu) {
        if (!internals.isAttached(vcpu) || !internals.isParked(vcpu)) {
            return null;
        }
        Sleep sleep = sleep(vcpu);
        boolean owed = sleep.cell != 0 && alive.test(internals.pid(vcpu)) && isOwed(vcpu, sleep.cell);
        return owed && internals.isParked(vcpu) && sleep.equals(sleep(vcpu)) ? sleep : null;
    }

    private Sleep sleep(int vcpu) {
        return new Sleep(vcpu, internals.slotState(vcpu), internals.sleeps(vcpu), internals.waitingFor(vcpu));
    }

    private boolean isOwed(int vcpu, int cell) {
        int ref = nodeIn(vcpu, cell);
        long now = internals.cell(cell);
        if (ref == 0 || LockWord.isInconsistent(LockCell.word(now))) {
            return false; // it overtakes without a place in the queue; or an owner's death is the matter, not an unlock
        }
        if (internals.nodeStatus(ref) == NodeDescriptor.WAIT) {
            return hasPredecessorLeft(ref);
        }
        return switch (internals.nodeState(ref)) {
            case NodeDescriptor.RUNNING -> false; // naps, until a time of its own
            case NodeDescriptor.HASHED -> LockWord.locked(LockCell.word(now)) != LockWord.SLOW;
            default -> true;
        };
    }

    private int nodeIn(int vcpu, int cell) {
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            int ref = LockWord.ref(vcpu, index);
            int status = internals.nodeStatus(ref);
            if (internals.nodeCell(ref) == cell
                    && (status == NodeDescriptor.WAIT || status == NodeDescriptor.GRANTED)) {
                return ref;
            }
        }
        return 0;
    }

    // The death of one that is watched wakes by itself: it is not looked for here.
    private boolean hasPredecessorLeft(int ref) {
        int before = internals.nodePrevious(ref);
        for (int steps = internals.maxVcpus() * LockWord.MAX_NODES;
                before != 0 && internals.nodeStatus(before) == NodeDescriptor.SKIPPED && steps > 0;
                steps--) {
            before = internals.nodePrevious(before);
        }
        return before == 0
                || internals.nodeStatus(before) == NodeDescriptor.ABANDONED
                        && internals.isAttached(LockWord.refVcpu(before));
    }

    private String describe(int vcpu, int cell) {
        int ref = nodeIn(vcpu, cell);
        long now = internals.cell(cell);
        return "vcpu=" + vcpu + " sleeps, cell " + LockWord.toString(LockCell.word(now)) + " owner "
                + LockCell.ownerVcpu(LockCell.owner(now))
                + (ref == 0
                        ? ", no node"
                        : ", node " + LockWord.refIndex(ref) + " status " + internals.nodeStatus(ref) + " state "
                                + internals.nodeState(ref) + " prev vcpu="
                                + LockWord.refVcpu(internals.nodePrevious(ref)));
    }
}
