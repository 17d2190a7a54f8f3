package io.pvlock.cluster.simulation;

import io.pvlock.cluster.history.History;
import io.pvlock.cluster.lease.Grant;
import io.pvlock.cluster.lease.HandoffBudget;
import io.pvlock.cluster.lease.LeaseGate;
import io.pvlock.cluster.lease.LeaseState;

/** A thread of a host that locks, works, and unlocks, again and again. */
final class SimLocker implements History.Holder {

    private static final double REPAIRS = 0.8;
    private static final double AGAIN_MS = 200;

    private final World world;
    private final SimHost host;
    private final History history;
    private final LeaseGate gate;
    private final Plant plant;
    private final String name;
    private Grant grant;
    private boolean waiting;
    private boolean dead;

    /** What a process had planned that was killed, the next one does not do. */
    private int life;

    private boolean repaired;
    private long pausedUntil;
    private int served;

    SimLocker(World world, SimHost host, History history, HandoffBudget budget, Plant plant, String name) {
        this.world = world;
        this.host = host;
        this.history = history;
        this.gate = new LeaseGate(host.words, host.lease, budget, host, host);
        this.plant = plant;
        this.name = name;
        host.lockers.add(this);
    }

    void start() {
        think();
    }

    private void later(double fromMs, double toMs, Runnable what) {
        int mine = life;
        world.in(world.between(fromMs, toMs), () -> unlessPaused(mine, what));
    }

    private void unlessPaused(int ofLife, Runnable what) {
        if (dead || life != ofLife) {
            return;
        }
        if (world.now() < pausedUntil) {
            world.at(pausedUntil, () -> unlessPaused(ofLife, what));
        } else {
            what.run();
        }
    }

    private void think() {
        later(1, 150, () -> {
            if (host.local.take(this)) {
                ask();
            }
        });
    }

    /** The local lock has come to it. */
    void hasLocal() {
        later(0.001, 0.01, this::ask);
    }

    /** The bell of the lease. */
    void rung() {
        if (waiting) {
            unlessPaused(life, () -> {
                if (waiting) {
                    ask();
                }
            });
        }
    }

    private void ask() {
        waiting = false;
        Grant got = gate.tryGrant();
        if (got == null) {
            waiting = true;
            later(AGAIN_MS, AGAIN_MS, this::rung);
            return;
        }
        grant = got;
        served++;
        repaired = false;
        boolean told = got.ownerDied() && plant != Plant.HIDE_DEATH;
        boolean active = host.lease.state() == LeaseState.ACTIVE;
        history.granted(this, plant.token(got.token()), told, active);
        later(0.1, 15, this::work);
    }

    private void work() {
        if (gate.isValid(grant)) {
            long token = grant.token();
            // On its way to the store it may take long.
            world.in(world.between(0.1, 100), () -> history.store(token));
            if (grant.ownerDied() && world.chance(REPAIRS)) {
                gate.markConsistent(grant);
                repaired = true;
            }
        }
        later(0.1, 15, this::unlock);
    }

    private void unlock() {
        boolean valid = gate.release(grant, host.local::isAlone);
        boolean told = grant.ownerDied();
        history.released(this, valid);
        if (valid && told && repaired) {
            history.repaired();
        } else if (told && !repaired) {
            history.leaseLost(); // the next one is told again
        }
        grant = null;
        host.local.release();
        think();
    }

    // ---- faults

    void kill() {
        if (dead) {
            return;
        }
        dead = true;
        waiting = false;
        if (grant != null) {
            grant = null;
            history.died(this);
        }
        host.local.died(this);
    }

    /** Another process takes its place. */
    void revive() {
        if (dead) {
            dead = false;
            life++;
            pausedUntil = 0;
            think();
        }
    }

    void pause(long ns) {
        pausedUntil = Math.max(pausedUntil, world.now() + ns);
    }

    SimHost host() {
        return host;
    }

    int served() {
        return served;
    }

    void forgetServed() {
        served = 0;
    }

    @Override
    public String who() {
        return host.name() + "/" + name;
    }

    @Override
    public boolean isValid() {
        return grant != null && gate.isValid(grant);
    }
}
