package io.pvlock;

import io.pvlock.DeadlockException.Link;
import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.core.LockCell;
import io.pvlock.core.Participant;
import io.pvlock.core.VcpuTable;
import io.pvlock.ipc.layout.RegionLayout;
import io.pvlock.ipc.vcpu.VcpuRegistry;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Looks for dead-locks, when a wait gets long: from a waiting vCPU to the lock it waits for, to that one's owner, and on, until the walk
 * comes back or ends.
 *
 * <p>A walk reads each step at another time, so what it finds may never have been. But a step is named by the number of the vCPU's
 * slow path, which no later wait has. If a second walk, begun after the first had ended, finds the same steps, then each vCPU has
 * waited all the time between the two, and can neither have taken nor let go of the lock that it was seen to hold: all of that
 * was so at once, when the second walk began.
 */
final class DeadlockDetector {

    private final LockRegion region;
    private final VcpuRegistry registry;
    private final VcpuTable vcpus;
    private final UnsafeBuffer memory;
    private final RegionLayout layout;

    DeadlockDetector(LockRegion region, VcpuRegistry registry, RegionLayout layout) {
        this.region = region;
        this.registry = registry;
        this.vcpus = registry.vcpus();
        this.memory = vcpus.memory();
        this.layout = layout;
    }

    /** {@code attempt}: the vCPU's slow path counter. */
    private record Step(int vcpu, long attempt, int cell, int owner) {}

    /** {@code me} has slept long, and on its own thread is about to go on waiting. */
    void waited(Participant me) {
        if (vcpus.waitingForAcquire(me.index()) == 0) {
            return;
        }
        Vcpu vcpu = region.threads().of(me);
        if (vcpu == null || vcpu.onDeadlock == OnDeadlock.IGNORE) {
            return;
        }
        List<Step> circle = circle(me.index());
        if (circle.isEmpty() || !circle.equals(circle(me.index()))) {
            return;
        }
        Step mine = circle.get(0);
        region.eventLog().deadlock(mine.vcpu, mine.cell, mine.owner);
        if (vcpu.onDeadlock == OnDeadlock.THROW) {
            vcpu.deadlock =
                    new DeadlockException(circle.stream().map(this::link).toList());
            me.giveUp();
        }
        vcpu.onDeadlock = OnDeadlock.IGNORE; // once for each wait
    }

    /** The steps from {@code start} back to it; none if the walk ends elsewhere. */
    private List<Step> circle(int start) {
        List<Step> steps = new ArrayList<>();
        int vcpu = start;
        do {
            long attempt = vcpus.slowPathVolatile(vcpu);
            int cell = vcpus.waitingForAcquire(vcpu);
            if (!isCell(cell)) {
                return List.of();
            }
            int owner = LockCell.owner(memory.getLongVolatile(cell)); // P0 acquire; pairs with P0 in PvQSpinLock
            int next = LockCell.ownerVcpu(owner);
            boolean held = owner != LockCell.NOT_RECOVERABLE && next >= 0 && next < vcpus.capacity() && next != vcpu;
            if (!held || registry.liveness().ownerDead(owner) || steps.size() == vcpus.capacity()) {
                return List.of();
            }
            steps.add(new Step(vcpu, attempt, cell, owner));
            vcpu = next;
        } while (vcpu != start);
        return steps;
    }

    // What is in memory is not trusted: this runs in the middle of a wait, and throws nothing.
    private boolean isCell(int offset) {
        return offset > 0 && offset % LockCell.LENGTH == 0 && offset <= layout.length() - LockCell.LENGTH;
    }

    private Link link(Step step) {
        VcpuInfo info = region.inspector().vcpu(step.vcpu);
        return new Link(
                step.vcpu,
                info.pid(),
                info.tid(),
                info.threadName(),
                region.nameOf(step.cell).orElse("at " + step.cell),
                LockCell.ownerVcpu(step.owner));
    }
}
