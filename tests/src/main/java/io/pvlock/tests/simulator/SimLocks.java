package io.pvlock.tests.simulator;

import io.pvlock.LockOptions.Policy;
import io.pvlock.LockOptions.WaitMode;
import io.pvlock.core.HashDescriptor;
import io.pvlock.core.Liveness;
import io.pvlock.core.LockAlgorithm;
import io.pvlock.core.McsLock;
import io.pvlock.core.NativeQSpinLock;
import io.pvlock.core.Participant;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.PvQSpinLock;
import io.pvlock.core.TasLock;
import io.pvlock.core.TicketLock;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.core.VcpuTable;
import io.pvlock.core.WaitPolicy;
import io.pvlock.internal.lock.LockUse;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The locks that can contend, by name: as in the bench, {@code pv-hybrid} and so on, with {@code -spin}, {@code -yield} or {@code -park} for
 * another wait mode; {@code pv-400us} for an overtake time; {@code native}, {@code mcs}, {@code ticket}, {@code tas}, also with wait modes;
 * and beside them {@code robust}, a futex mutex like the robust one of glibc, and {@code none}.
 *
 * <pre>
 *   128 slots | hash | the cell, alone on its line | data, one line each
 * </pre>
 */
final class SimLocks {

    static final int LINE = 64;

    private static final int SLOTS = 128;
    private static final Liveness ALL_LIVE = vcpu -> false;
    private static final Pattern OVERTAKE_TIME = Pattern.compile("pv-(\\d+)us");

    private final int threads;
    private final int hash;
    private final int hashCapacity;
    private final int cell;
    private final int dataLines;

    SimLocks(int threads, int dataLines) {
        this.threads = threads;
        this.hash = SLOTS + threads * VcpuSlotDescriptor.LENGTH;
        this.hashCapacity = HashDescriptor.capacity(threads);
        this.cell = (hash + HashDescriptor.length(hashCapacity) + LINE - 1) / LINE * LINE;
        this.dataLines = dataLines;
    }

    int bytes() {
        return data(dataLines);
    }

    /** Where the {@code i}-th line of what the lock guards is. */
    int data(int i) {
        return cell + LINE * (1 + i);
    }

    SimLock open(String name, Machine machine, SimMemory memory, Topology topology) {
        switch (name) {
            case "none":
                return new None();
            case "robust":
                return new SimMutex(machine, memory, cell);
            default:
                VcpuTable vcpus = new VcpuTable(memory, SLOTS, threads);
                SimParker parker = new SimParker(machine, vcpus, memory);
                return new Shipped(
                        algorithm(name, vcpus, parker),
                        policy(name, topology),
                        cell,
                        new Participant[threads],
                        machine,
                        vcpus);
        }
    }

    private LockAlgorithm algorithm(String name, VcpuTable vcpus, SimParker parker) {
        return switch (name.replaceFirst("-.*", "")) {
            case "native" -> new NativeQSpinLock(vcpus, parker);
            case "mcs" -> new McsLock(vcpus, parker);
            case "ticket" -> new TicketLock(vcpus, parker);
            case "tas" -> new TasLock(vcpus, parker);
            default ->
                new PvQSpinLock(
                        vcpus, new PvLockHash(vcpus.memory(), hash, hashCapacity, vcpus, ALL_LIVE), parker, ALL_LIVE);
        };
    }

    // What a region of the same name would use.
    private static WaitPolicy policy(String name, Topology topology) {
        Matcher time = OVERTAKE_TIME.matcher(name);
        boolean severalNodes = topology.nodes() > 1;
        if (time.matches()) {
            return LockUse.waitPolicy(
                    Policy.HYBRID, Integer.parseInt(time.group(1)), WaitMode.AUTO, topology.processors(), severalNodes);
        }
        String[] words = name.toUpperCase(Locale.ROOT).split("-");
        boolean isPv = words[0].equals("PV");
        int own = isPv ? 2 : 1;
        return LockUse.waitPolicy(
                isPv ? Policy.valueOf(words[1]) : Policy.FAIR,
                0,
                words.length == own ? WaitMode.AUTO : WaitMode.valueOf(words[own]),
                topology.processors(),
                severalNodes);
    }

    private record None() implements SimLock {
        @Override
        public void lock(int thread) {}

        @Override
        public void unlock(int thread) {}

        @Override
        public boolean excludes() {
            return false;
        }
    }

    /** One of lock-core. */
    private record Shipped(
            LockAlgorithm algorithm,
            WaitPolicy policy,
            int cell,
            Participant[] participants,
            Machine machine,
            VcpuTable vcpus)
            implements SimLock {

        @Override
        public void lock(int thread) {
            if (participants[thread] == null) {
                participants[thread] = new Participant(vcpus, thread, 1);
                participants[thread].numaNode(machine.node(machine.current()));
            }
            algorithm.lock(cell, participants[thread], policy, Participant.NO_DEADLINE, false);
        }

        @Override
        public void unlock(int thread) {
            algorithm.unlock(cell, participants[thread]);
        }
    }
}
