/*
 * The lease of lock-cluster: two hosts, each with an agent and lockers, and the memory of a cluster. README.md says what is modelled.
 *
 * One atomic block is one access to the words of a host, one transaction of the cluster, or one look at the clock, with private work.
 * A host's local lock is taken as right: whoever waits for it gets it when its owner has unlocked, or is dead.
 *
 * Time is this: each acknowledged write of a session (a beat) gives the host a deadline. Deadlines pass at any time, in order. The cluster ends
 * a session only after the deadline of the last beat that it has heard: that is what a deadline is computed for.
 *
 * Asserted: in the instant of the look at the clock by which a grant is found valid, the cluster says that the host has the lock, so
 * nobody else has (I1); an end that was not clean is told to the next owner (I4).
 */
#ifndef LOCKERS
#define LOCKERS 2         /* lockers 1..LOCKERS; odd ones on host 0, even ones on host 1 */
#endif
#ifndef ROUNDS
#define ROUNDS 1          /* lock calls of each */
#endif
#ifndef SESSIONS
#define SESSIONS 3        /* of all hosts together; 0 is none */
#endif
#ifndef BEATS
#define BEATS 1           /* of a session, the first one with its beginning */
#endif
#ifndef DEATHS
#define DEATHS 0          /* of lockers */
#endif
#ifndef AGENT_DEATHS
#define AGENT_DEATHS 0
#endif
#ifndef GRANTS
#define GRANTS 3          /* so many grants to hosts, and nobody gives one back for others */
#endif
#ifndef CUTS
#define CUTS 0            /* lost connections */
#endif

/* ---- the cluster */
byte holder;               /* LockState: session that it is granted to; 0 for none */
bool unclean;              /* LockState: whoever had it before did not end well */
bool alive[SESSIONS + 1];
bool queued[SESSIONS + 1]; /* the queue node */
byte heard[SESSIONS + 1];  /* last beat */
byte passed[SESSIONS + 1]; /* deadlines of beats up to this one have passed */
byte sessions;
#if SESSIONS == 2
#define OTHERS_WAIT(s) ((s != 1 && queued[1]) || (s != 2 && queued[2]))
#elif SESSIONS == 3
#define OTHERS_WAIT(s) ((s != 1 && queued[1]) || (s != 2 && queued[2]) || (s != 3 && queued[3]))
#else
#define OTHERS_WAIT(s) ((s != 1 && queued[1]) || (s != 2 && queued[2]) || (s != 3 && queued[3]) || (s != 4 && queued[4]))
#endif
#define HAS(s) (s != 0 && holder == s && queued[s])

/* ---- the words of a host */
byte number[2];
byte deadlineS[2];         /* the deadline: of this session's ... */
byte deadlineB[2];         /* ... beat; 0 for none */
byte sessionId[2];
int control[2];            /* state, flags, epoch */
byte localOwner[2];        /* who has the local lock */
#define IN_TIME(h) (deadlineB[h] != 0 && deadlineB[h] > passed[deadlineS[h]])

/* ---- control */
#define IDLE 0
#define ACQUIRING 1
#define ACTIVE 2
#define DRAINING 3
#define RELEASING 4
#define SUSPENDED 5
#define LOST 6
#define STATE(c) ((c) & 7)
#define HELD 8
#define INCONSISTENT 16
#define WANTED 32
#define DRAIN 64
#define EPOCH(c) ((c) >> 8)
#define NEXT 256
#define CLEAR(c, flags) ((c) - ((c) & (flags)))
#define WITH(c, s) ((c) - STATE(c) + (s))
#define OURS(c) (STATE(c) == ACTIVE || STATE(c) == DRAINING || STATE(c) == SUSPENDED)
#define TO_IDLE(c) WITH(CLEAR(c, INCONSISTENT + DRAIN), IDLE)

#ifdef BUG_RELEASES_WHILE_HELD
#define MAY_GO(c) true
#else
#define MAY_GO(c) !((c) & HELD)
#endif

#ifdef NO_NUMBER
#define SAME(h, session) true
#else
#define SAME(h, session) (number[h] == session)
#endif

/* ---- ghosts */
bool damaged;              /* an owner did not end well, and nobody has repaired it */
byte granted[2];           /* the session by which the host has the lease */
bool dead[LOCKERS + 1];
byte deaths, agentDeaths, cuts, grants;

#define IS_HELD_BY(h, s) (granted[h] == s && (control[h] & HELD))

/* ---- time, and what the cluster does by itself */
active proctype Cluster() {
    byte s;
end:
    do
    :: atomic {
        select(s : 1 .. SESSIONS);
        if
        :: passed[s] < heard[s] -> passed[s]++
        :: alive[s] && passed[s] >= heard[s] ->
            alive[s] = false;
            damaged = damaged || (HAS(s) && (IS_HELD_BY(0, s) || IS_HELD_BY(1, s)));
            queued[s] = false
        :: else
        fi;
        s = 0
       }
    od
}

/* ---- agent */

/* HostLease.lose */
inline lose(h) {
    if
    :: STATE(control[h]) == IDLE || STATE(control[h]) == LOST
    :: else ->
        if
        :: OURS(control[h]) && (control[h] & HELD) -> control[h] = WITH(TO_IDLE(control[h]), LOST) + NEXT
        :: else -> control[h] = TO_IDLE(control[h]) + NEXT
        fi
    fi
}

/* An agent may be killed before each step; the next one is another process, which has nothing but the words, and the ticket. */
#define MORTAL agentDeaths < AGENT_DEATHS -> agentDeaths++; goto start

proctype Agent(byte h) {
    byte s, sent;
    bool told;
start:
    atomic {
        sent = 0;
        told = false;
        s = sessionId[h];
        if
        :: s != 0 && IN_TIME(h) -> goto joined /* AgentCore.start: adopts the session */
        :: else
        fi
    }
begin:
    /* AgentCore.forgetSession, HostWords.endSession: the number, the deadline, the id, then the lease. */
    s = 0;
    number[h]++;
    deadlineB[h] = 0;
    sessionId[h] = 0;
    atomic { lose(h) }
end_new:
    if
    :: atomic { MORTAL }
    :: atomic {
        sessions < SESSIONS ->
        sessions++;
        s = sessions;
        alive[s] = true;
        heard[s] = 1
       }
    fi;
    /* It is answered: AgentCore.begin, proved. */
    sessionId[h] = s;
    atomic {
        if
        :: passed[s] == 0 -> deadlineS[h] = s; deadlineB[h] = 1
        :: else -> goto begin
        fi
    };
joined:
end_joined:
    do
    :: atomic { MORTAL }
    :: atomic { !IN_TIME(h) || !alive[s] -> goto begin }

    /* AgentCore.beat, and its answer: time may pass between them. */
#ifdef BUG_A_READ_PROLONGS
    /* A server answers that has lost the others. */
    :: atomic { IN_TIME(h) && deadlineB[h] <= BEATS -> deadlineB[h] = heard[s] + 1 }
#else
    :: atomic { alive[s] && heard[s] < BEATS -> heard[s]++; sent = heard[s] };
       if
       :: atomic { MORTAL }
       :: atomic {
            if
            :: IN_TIME(h) && sent > passed[s] ->
#ifdef BUG_COUNTED_FROM_THE_ANSWER
                deadlineB[h] = sent + 1
#else
                deadlineB[h] = sent
#endif
            :: else -> goto begin
            fi
          }
       fi
#endif

    /* HostLease.suspend, resume */
    :: atomic {
        cuts < CUTS && (STATE(control[h]) == ACTIVE || STATE(control[h]) == DRAINING) ->
        cuts++;
        control[h] = WITH(CLEAR(control[h], DRAIN) + (STATE(control[h]) == DRAINING -> DRAIN : 0), SUSPENDED)
       }
    :: atomic {
        STATE(control[h]) == SUSPENDED && IN_TIME(h) ->
        control[h] = WITH(CLEAR(control[h], DRAIN), ((control[h] & DRAIN) -> DRAINING : ACTIVE))
       }

    /* LockRequest */
    :: atomic {
        STATE(control[h]) == IDLE && (control[h] & WANTED) && !queued[s] -> control[h] = WITH(control[h], ACQUIRING)
       }
    :: atomic { (STATE(control[h]) == IDLE || STATE(control[h]) == LOST) && queued[s] -> queued[s] = false }
    :: atomic { STATE(control[h]) == ACQUIRING && alive[s] && !queued[s] -> queued[s] = true }
    /* grant() */
    :: atomic {
        STATE(control[h]) == ACQUIRING && queued[s] && !HAS(holder) ->
#ifndef BUG_A_DIRTY_STATE_IS_CLEAN
        unclean = unclean || (holder != 0 && holder != s);
#endif
        holder = s
       }
    /* What it knows of it, then HostLease.granted. */
    :: atomic { STATE(control[h]) == ACQUIRING && HAS(s) -> told = unclean };
       if
       :: atomic { MORTAL }
       :: atomic {
            STATE(control[h]) == ACQUIRING ->
            control[h] = WITH(CLEAR(control[h], INCONSISTENT), ACTIVE) + NEXT + (told -> INCONSISTENT : 0);
            granted[h] = s;
            grants++;
            told = false
          }
       fi
    /* hold() */
    :: atomic { OURS(control[h]) && STATE(control[h]) != SUSPENDED && alive[s] && !HAS(s) -> lose(h) }
    /* as soon as somebody waits: drainIfDue(), and LeaseGate.release() */
    :: atomic {
        STATE(control[h]) == ACTIVE && grants < GRANTS && OTHERS_WAIT(s) -> control[h] = WITH(control[h], DRAINING)
       }
    :: atomic {
        STATE(control[h]) == DRAINING && MAY_GO(control[h]) -> control[h] = WITH(control[h], RELEASING)
       }
    /* passOn(): to nobody, or to the one who waits */
    :: atomic {
        STATE(control[h]) == RELEASING && HAS(s) ->
#ifdef BUG_WHAT_IS_DAMAGED_STAYS_HERE
        unclean = false;
#else
        unclean = (control[h] & INCONSISTENT) != 0;
#endif
        queued[s] = false;
        holder = 0;
        sent = 1;
        do
        :: sent <= SESSIONS && queued[sent] -> holder = sent; break
        :: sent <= SESSIONS -> sent++
        :: else -> break
        od;
        sent = 0
       }
    :: atomic { STATE(control[h]) == RELEASING && alive[s] && !HAS(s) -> control[h] = TO_IDLE(control[h]) }
    od
}

/* ---- locker */

proctype Locker(byte id) {
    byte h = (id + 1) % 2;
    byte round, session, by, deadS, deadB;
    int c, epoch;
    bool was, valid, told;
end:
    do
    :: round == ROUNDS -> break
    :: else ->
        round++;
end_local:
        atomic { localOwner[h] == 0 || dead[localOwner[h]] -> localOwner[h] = id };

        /* LeaseGate.tryGrant */
end_try:
        do
        :: atomic { control[h] & HELD -> c = control[h] };
           atomic {
            if
            :: control[h] == c && STATE(c) == LOST -> control[h] = WITH(CLEAR(c, HELD + INCONSISTENT), IDLE)
#ifdef BUG_A_DEAD_HOLDER_IS_FORGOTTEN
            :: control[h] == c && STATE(c) != LOST -> control[h] = CLEAR(c, HELD)
#else
            :: control[h] == c && STATE(c) != LOST -> control[h] = CLEAR(c, HELD + INCONSISTENT) + INCONSISTENT
#endif
            :: else
            fi;
            c = 0
           }
        :: atomic {
            !(control[h] & (HELD + WANTED)) && (STATE(control[h]) != ACTIVE || !IN_TIME(h)) -> control[h] = control[h] + WANTED
           }
        :: atomic { !(control[h] & HELD) && STATE(control[h]) == ACTIVE && IN_TIME(h) -> c = control[h] };
           session = number[h];
           atomic {
            if
            :: control[h] == c ->
                control[h] = CLEAR(c, WANTED) + HELD;
                epoch = EPOCH(c);
                told = (c & INCONSISTENT) != 0;
                by = granted[h];
                assert(told || !damaged || !HAS(by));
                c = 0;
                break
            :: else -> c = 0
            fi
           }
        od;

        /* LeaseGate.validForNs: the deadline, the clock, control, the number */
        if
        :: true
        :: atomic { deadS = deadlineS[h]; deadB = deadlineB[h] };
           atomic { valid = deadB > passed[deadS]; was = HAS(by); deadS = 0; deadB = 0 };
           atomic { valid = valid && OURS(control[h]) && EPOCH(control[h]) == epoch };
           atomic {
            valid = valid && SAME(h, session);
            assert(was || !valid);
            valid = false;
            was = false
           }
        fi;

        /* It dies; or repairs what it was told of, or does not; and ends. */
        if
        :: atomic {
            deaths < DEATHS ->
            deaths++;
            dead[id] = true;
            damaged = damaged || HAS(by);
            goto over
           }
        :: atomic {
            told && EPOCH(control[h]) == epoch ->
            control[h] = CLEAR(control[h], INCONSISTENT);
            damaged = damaged && !(HAS(by) && OURS(control[h]))
           }
        :: true
        fi;

        /* LeaseGate.release: control, the number, the clock, the deadline */
        do
        :: c = control[h];
           valid = EPOCH(c) == epoch && SAME(h, session);
           atomic { valid = valid && IN_TIME(h); was = HAS(by) };
           atomic {
            if
            :: control[h] == c ->
                assert(was || !valid || STATE(c) == LOST);
                damaged = damaged || (!valid && HAS(by));
                if
                :: STATE(c) == LOST -> control[h] = WITH(CLEAR(c, HELD + INCONSISTENT), IDLE)
                :: STATE(c) != LOST && !valid -> control[h] = CLEAR(c, HELD + INCONSISTENT) + INCONSISTENT
                :: else -> control[h] = CLEAR(c, HELD)
                fi;
                c = 0; valid = false; was = false; told = false; epoch = 0; session = 0; by = 0;
                localOwner[h] = 0;
                break
            :: else -> c = 0
            fi
           }
        od
    od;
over:
    skip
}

init {
    byte i = 1;
    atomic {
        run Agent(0);
        run Agent(1);
        do
        :: i <= LOCKERS -> run Locker(i); i++
        :: else -> break
        od
    }
}
