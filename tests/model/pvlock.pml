/*
 * The lock protocol of io.pvlock.core.PvQSpinLock: N participants (vCPUs) with NODES queue nodes each use LOCKS locks.
 * README.md says what is modelled and what is not, and which label stands for which method.
 *
 * One atomic block is one shared access (a load, a store, a CAS, a CAS loop) and private work. Where a block holds several
 * accesses, a comment says why nobody can see the difference.
 *
 * CRASH stands before every shared write and in every park: the participant takes no further step. Its death becomes visible
 * (dead[]) some time later.
 *
 * A generation is modelled by what it is for: hintRef, monitorRef, stateRef and skipSet name the nodes whose generation a
 * participant remembers, and an initialisation of the node clears them everywhere. A CAS from a remembered value succeeds
 * only as long as the reference is there. Wrap-around is not modelled.
 */

/* ---- size */
#ifndef N
#define N 2               /* participants, 1..N; 0 is nobody */
#endif
#ifndef K
#define K 0               /* crashes */
#endif
#ifndef MORTALS
#define MORTALS N         /* only participants 1..MORTALS may die */
#endif
#ifndef ROUNDS
#define ROUNDS 1          /* lock calls of each of the participants 1..MANY */
#endif
#ifndef MANY
#define MANY N            /* the others call once */
#endif
#ifndef ABORTERS
#define ABORTERS 0        /* participants 1..ABORTERS may give up at any time; at once, too: a try-lock */
#endif
#ifndef ABORT_ROUNDS
#define ABORT_ROUNDS ROUNDS   /* in their first ABORT_ROUNDS calls: who may always give up never hangs */
#endif
#ifndef LIMIT
#define LIMIT 1           /* overtakes of a waiting head before stealing stops; 255 for no limit */
#endif
#ifndef NODES
#define NODES 1           /* queue nodes of each participant, 1 or 2 */
#endif
#ifndef LOCKS
#define LOCKS 1           /* 1 or 2 */
#endif
#ifndef NESTERS
#define NESTERS N         /* with NESTED: only participants 1..NESTERS nest */
#endif
#ifndef SPURIOUS
#define SPURIOUS 0        /* returns from a park for no reason, all participants together */
#endif
#ifndef RECLAIMERS
#define RECLAIMERS 1
#endif
/* ---- features
 * REPAIR    an acquirer that was told of a death may declare the data consistent
 * GIVEUP    an owner that was told of a death may declare the lock not recoverable
 * NESTED    a participant that owns lock 0 may take lock 1 before it releases lock 0
 * RECLAIM   slots of the dead are reclaimed, and new participants run in them
 * STALL     a head that leaves a free lock alone may be taken for stopped at any time, rightly or not: it is overtaken without
 *           limit until it moves, by those who wait behind it, too. A dead owner is then replaced past it, whatever the limit
 * MISS      a head whose turn has come may miss it: whoever finds the lock free takes it, and the head has another turn later
 * STOP      one head may stop for good, while the owner is dead; with STALL, and LIMIT>0 or nobody to come after the next owner
 * NAP       a head that was kicked may let others overtake for some more time, and may say at the end of it that its turn has come; who overtakes it may ask to be made to kick it; a new
 *           owner may wake the next head at once instead of at the unlock
 * CNA       waiters may be called ahead of the head, which a call from another NUMA node makes hold back for a while. A call is a hint,
 *           so here every waiter that is awake may believe at any time that it was called; holding back is being slow
 * LATECOMER participant N comes only after slot 1 has been reclaimed
 * SENTINEL  as in production: a sleeper watches one participant, a death wakes one of the sleepers that watch it, and that one wakes
 *           the others before it does anything else. A kick is a permit, and then a wake. No sleep has a bound
 * NET       with SENTINEL: a sleep ends by itself when nothing else happens any more. One death never comes to that
 * LIVE      the progress property
 * NOSYM     equal participants start in any order, not in that of their numbers */

#define FREE 0            /* grant status */
#define WAIT 1
#define GRANTED 2
#define ABANDONED 3
#define SKIPPED 4
#define RUNNING 0         /* node state */
#define HALTED 1
#define HASHED 2
#define LOCKED 1          /* locked byte of the cell */
#define SLOW 3
#define NEVER (N+1)       /* the owner of a lock that is not recoverable: it never dies */

#define NN (N*NODES)
#define VCPU(n) (((n)+NODES-1)/NODES)
#define FIRST(v) (((v)-1)*NODES+1)
#define BIT(n) (1<<((n)-1))
#define ALL (BIT(NN+1)-1)
#define ENTRY(l,n) entry[(l)*(NN+1)+(n)]
#if NN>7
#define SET short
#else
#define SET byte
#endif
#if LOCKS==1
#define lk 0
#define LOCKOF(n) 0
#else
#define LOCKOF(n) nodeLock[n]
byte nodeLock[NN+1];
#endif

/* the cell: one 64-bit word, so one block may change any of these */
byte locked[LOCKS]; bool pending[LOCKS]; byte over[LOCKS]; byte tail[LOCKS]; byte owner[LOCKS]; bool incons[LOCKS];
byte grant[NN+1]; byte state[NN+1]; byte next[NN+1]; byte prev[NN+1];
byte entry[LOCKS*(NN+1)];   /* the hash: 1 if (lock,node) is in it, plus 2 if an unlocker has marked such an entry as taken. A second
                               equal entry would only be one more kick */
#ifdef STALL
bool stalled[LOCKS];        /* part of the cell: the highest value of the overtake count */
#define STALLED stalled[lk]
#define MARK_STALLED stalled[lk]=1; pending[lk]=0
#define HEAD_SHOWS if :: stalled[lk] -> stalled[lk]=0; over[lk]=0 :: else fi
#define HEAD_GONE stalled[lk]=0; over[lk]=0
/* nobody overtakes a head where LIMIT is 0; but a dead owner is replaced */
#define FREE_PAST_HEAD (LIMIT>0 && locked[lk]==0)
#ifdef BUG_DEAD_WAITS_FOR_HEAD
#define DEAD_PAST_HEAD false
#else
#define DEAD_PAST_HEAD (locked[lk]!=0 && dead[owner[lk]])
#endif
#if LIMIT>0
#define MARK_PASSED MARK_STALLED
#else
#define MARK_PASSED skip
#endif
#ifdef BUG_STALLED_FOR_EVER
#undef HEAD_SHOWS
#define HEAD_SHOWS skip
#undef HEAD_GONE
#define HEAD_GONE over[lk]=0
#endif
#else
#define STALLED false
#define HEAD_SHOWS skip
#define HEAD_GONE over[lk]=0
#endif
#ifdef NAP
#define WAKE_SOON if :: tail[lk]!=0 -> locked[lk]=SLOW :: true fi
#else
#define WAKE_SOON skip
#endif
#if defined(CNA) && !defined(BUG_HEAD_WANTED_FOR_EVER)
#define QUEUE_GONE HEAD_GONE; pending[lk]=0
#else
#define QUEUE_GONE HEAD_GONE
#endif
bool permit[N+1];
bool dead[N+2];
byte hintRef[N+1]; byte monitorRef[N+1]; byte stateRef[N+1]; SET skipSet[N+1];
#ifdef RECLAIM
byte tenant[N+1];           /* 9: being reclaimed; 1: reclaimed, a new participant may come; 2: it came; 3: and has queued */
#endif
#ifdef SENTINEL
bool asleep[N+1];           /* in the kernel, on its own word and on the sentinel of watch[] */
byte watch[N+1];
bool marked[N+1];           /* the slot says DEAD: whoever said so has told those that watch it */
#define UNPARK asleep[me]=0; watch[me]=0
#define GOES_DOWN(v) watch[me]=v; if :: permit[me] || dead[v] -> skip :: else -> asleep[me]=1 fi
#else
#define UNPARK skip
#endif

/* ghosts: nothing but assertions and budgets reads them */
bool killed[N+2]; bool finished[N+1]; bool started[N+1]; bool damaged[LOCKS]; byte headNode[LOCKS]; byte nFinished;
#if K>0
byte kills;
#define MAY_DIE (kills<K && me<=MORTALS)
#define CRASH if :: MAY_DIE -> kills++; goto crash :: true fi
#define NOBODY_DIED (kills==0)
#else
#define CRASH skip
#define NOBODY_DIED true
#endif
#if SPURIOUS>0
byte spurious;
#endif
#ifdef STOP
bool isStopped;
#define STOPS atomic { if :: !isStopped && locked[lk]!=0 && killed[owner[lk]] -> isStopped=1; goto end_stopped :: true fi }
#else
#define STOPS skip
#endif
hidden byte i; hidden byte z;   /* scratch of one block */

#if ABORT_ROUNDS<ROUNDS
#define MAY_ABORT (me<=ABORTERS && round<ABORT_ROUNDS)
#else
#define MAY_ABORT (me<=ABORTERS)
#endif
#ifdef NOSYM
#define IN_ORDER true
#else
#define IN_ORDER (me==1 || me==ABORTERS+1 || me==MANY+1 || me==MORTALS+1 || me==NESTERS+1 || started[me-1])
#endif
#ifdef LATECOMER
#define COMES (me!=N || (tenant[1]>0 && tenant[1]<9))
#else
#define COMES true
#endif
#define TAKEABLE (locked[lk]==0 || dead[owner[lk]])
#ifdef BUG_NONODE_OBEYS_PENDING
#define DISOBEY (!pending[lk])
#else
#define DISOBEY true
#endif
#ifdef BUG_NO_RECLAIM
#define USABLE(n) (grant[n]==FREE)
#else
#define USABLE(n) (grant[n]==FREE || (grant[n]==SKIPPED && tail[LOCKOF(n)]==0))
#endif

/* A permit is sticky. Who will never park again has none, to save states */
inline kick(v) { if :: !killed[v] && !finished[v] -> permit[v]=1 :: else fi }

/* The second half of a kick */
#ifdef SENTINEL
inline wake(v) { if :: !killed[v] -> asleep[v]=0 :: else fi }

/* The sentinel's waiters, all of them */
inline wakeWatchers(v) {
    d_step { i=1;
        do :: i<=N -> if :: !killed[i] && asleep[i] && watch[i]==v -> asleep[i]=0 :: else fi; i++
           :: else -> break od; i=0 }
}
#endif

inline kickAll() {
    d_step { i=1;
        do :: i<=N ->
#ifdef BUG_KICK_ALL_PARKED_ONLY
              if :: !asleep[i] -> skip :: else -> kick(i); wake(i) fi;
#else
              kick(i);
#ifdef SENTINEL
              wake(i);
#endif
#endif
              i++
           :: else -> break od; i=0 }
}

inline newGeneration(n) {
    d_step { i=1;
        do :: i<=N ->
#ifndef BUG_HINT_GENERATION
              if :: hintRef[i]==n -> hintRef[i]=0 :: else fi;
#endif
#ifndef BUG_MONITOR_GENERATION
              if :: monitorRef[i]==n -> monitorRef[i]=0 :: else fi;
#endif
#ifndef BUG_STATE_GENERATION
              if :: stateRef[i]==n -> stateRef[i]=0 :: else fi;
#endif
#ifndef BUG_FREE_GENERATION
              skipSet[i] = skipSet[i] & (ALL-BIT(n));
#endif
              i++
           :: else -> break od; i=0 }
}

/* Nobody acts on the other fields of a FREE node before its next initialisation, so they get one value */
inline free(n) { grant[n]=FREE; state[n]=RUNNING; prev[n]=0; next[n]=0 }

/* The cell CAS that makes me the owner. I1, I9: a replaced owner is dead. Every acquirer is told of a death until it is repaired */
inline own() {
    if :: owner[lk]==0 -> assert(locked[lk]==0); z=incons[lk]; locked[lk]=LOCKED                        /* I3 */
       :: else -> assert(locked[lk]!=0 && killed[owner[lk]]); z=1;
#if !defined(BUG_INCONSISTENT_NOT_SET) && !defined(INCONSISTENT_BY_SECOND_CAS)
          incons[lk]=1;
#endif
    fi;
    assert(z==damaged[lk]); z=0;
    owner[lk]=me
}

proctype P(byte me) {
    byte nd, m, nx, cur, w; SET scan; bool owning;
#if ROUNDS>1
    byte round;
#endif
#if LOCKS>1
    byte lk;
#endif
#ifdef NESTED
    bool outer;
#endif

end_late:
    atomic { IN_ORDER && COMES -> started[me]=1 };

again:  /* lock, steal: a try that fails changes nothing, so one try stands for all; going to queue although the lock is free
           stands for an owner seen before */
    atomic { skip;
nested:
#if LOCKS>1
#ifdef NESTED
        if :: outer -> lk=1 :: !outer -> lk=0 :: !outer -> lk=1 fi;
#else
        if :: lk=0 :: lk=1 fi;
#endif
#endif
        if :: locked[lk]==0 && !pending[lk] && (tail[lk]==0 || over[lk]<LIMIT || STALLED) ->
              own(); WAKE_SOON; if :: tail[lk]!=0 && LIMIT<255 && !STALLED -> over[lk]=over[lk]+1 :: else fi; goto cs
#ifdef MISS
           :: locked[lk]==0 && !pending[lk] && tail[lk]!=0 && LIMIT>0 && over[lk]>=LIMIT -> own(); over[lk]=0; goto cs
#endif
#ifdef STALL
           :: (FREE_PAST_HEAD || DEAD_PAST_HEAD) && tail[lk]!=0 -> own(); MARK_PASSED; goto cs
#endif
           :: true
        fi };

pick:   /* pickNode; then initNode, private until the tail names it. Others change my nodes only from ABANDONED to SKIPPED to FREE:
           what is found here would be found at one moment of the real search, too */
    atomic { i=1; nd=0; m=0;
        do :: i<=NODES -> z=FIRST(me)+i-1;
              if :: grant[z]==ABANDONED && LOCKOF(z)==lk -> grant[z]=WAIT; nd=z; m=prev[nd]; i=0; z=0; goto waitnode
                 :: else fi;
#ifdef BUG_RECLAIM_TOO_EARLY
              if :: grant[z]==SKIPPED -> free(z) :: else fi;
#endif
#ifndef BUG_NO_RECLAIM
              if :: grant[z]==SKIPPED && tail[LOCKOF(z)]==0 -> free(z) :: else fi;
#endif
              assert(grant[z]!=SKIPPED || tail[LOCKOF(z)]!=0);                  /* no node is lost for good */
              i++
           :: else -> break od;
        z=0; i=NODES;
        do :: i>0 -> if :: grant[FIRST(me)+i-1]==FREE -> nd=FIRST(me)+i-1 :: else fi; i--
           :: else -> break od;
        if :: nd==0 -> goto nonode :: else fi;
#ifdef BUG_GENERATIONS_RESTART
        if :: tenant[me]==2 -> tenant[me]=3 :: else -> newGeneration(nd) fi;
#else
        newGeneration(nd);
#endif
#if LOCKS>1
        nodeLock[nd]=lk;
#endif
        grant[nd]=WAIT; state[nd]=RUNNING; next[nd]=0 };

enqueue:
    atomic { m=tail[lk];
#ifndef BUG_PREV_LATE
        prev[nd]=m;
#endif
    };
    hintRef[me]=m;
    atomic { CRASH;
        if :: tail[lk]==m -> tail[lk]=nd;
              if :: m==0 -> assert(headNode[lk]==0); headNode[lk]=nd; hintRef[me]=0 :: else fi           /* I2 */
           :: else -> hintRef[me]=0; m=0; goto enqueue
        fi };
#ifdef BUG_PREV_LATE
    atomic { CRASH; prev[nd]=m };
#endif
    atomic { CRASH;
        if :: m==0 -> assert(grant[nd]==WAIT); grant[nd]=GRANTED; goto head
           :: else -> if :: hintRef[me]==m && next[m]==0 && grant[m]!=FREE -> next[m]=nd :: else fi; hintRef[me]=0
        fi };

waitnode: /* waitForGrant, nearestPredecessor: first the monitor m, then my own grant. Still WAIT means that what was read of the
             monitor was of its place before me */
    atomic { if :: m==0 -> goto decide
                :: else -> w=grant[m]; monitorRef[me]=m; if :: w==ABANDONED -> goto decide :: w==FREE -> goto idle :: else fi fi };
    atomic { if :: w==SKIPPED -> nx=prev[m]
                :: w!=SKIPPED && dead[VCPU(m)] -> skip
                :: else -> goto idle fi };
decide:
    atomic {
#ifdef BUG_SELF_GRANT_STORE
        if :: m==0 || w==GRANTED -> goto selfgrant :: else fi;
#endif
        if :: grant[nd]==GRANTED -> goto head
           :: else -> assert(grant[nd]==WAIT) fi;
        if :: m!=0 && w==SKIPPED -> m=nx; nx=0; w=0; monitorRef[me]=0; goto waitnode
           :: m==0 || w==GRANTED -> skip;
#ifdef BUG_SELF_GRANT_STORE
selfgrant:
#endif
              w=0; monitorRef[me]=0; CRASH;
              assert(headNode[lk]==0 || killed[VCPU(headNode[lk])]);                                     /* I2 */
              headNode[lk]=nd; grant[nd]=GRANTED; cur=prev[nd]; goto walk
           :: else -> skip
        fi };
    atomic { CRASH; if :: monitorRef[me]==m && grant[m]==w -> grant[m]=SKIPPED :: else fi; w=0; monitorRef[me]=0; goto waitnode };

walk:   /* grantToMyself: first all nodes passed, then give them back: a node given back names no predecessor any more, and the
           walk's next node could be reclaimed */
    atomic { if :: cur!=m -> z=cur; cur=prev[z]; assert(z!=0 && grant[z]==SKIPPED);
#ifdef BUG_WALK_FREES
                   CRASH; if :: !dead[VCPU(z)] -> free(z) :: else fi;
#else
                   skipSet[me]=skipSet[me] | BIT(z);
#endif
                   z=0; goto walk
                :: else -> cur=0 fi };
giveback:
    atomic { if :: skipSet[me]!=0 -> CRASH; i=1; do :: !(skipSet[me] & BIT(i)) -> i++ :: else -> break od;
                   skipSet[me]=skipSet[me] & (ALL-BIT(i));
                   if :: grant[i]==SKIPPED && !dead[VCPU(i)] -> free(i) :: else fi; i=0; goto giveback
                :: else -> goto head fi };

idle:   /* spinning has no effect: halt, or give up */
    atomic { w=0; monitorRef[me]=0;
        if :: grant[nd]==GRANTED -> goto head
           :: true -> CRASH; state[nd]=HALTED
#ifdef CNA
           :: grant[nd]==WAIT && locked[lk]==0 && !pending[lk] -> CRASH; own(); owning=1; goto ahead
#endif
           :: MAY_ABORT && grant[nd]==WAIT -> CRASH; grant[nd]=ABANDONED; goto tell
        fi };
#ifndef BUG_NO_SECOND_LOOK
    atomic { if :: grant[nd]!=WAIT -> if :: state[nd]==HALTED -> state[nd]=RUNNING :: else fi; goto head
                :: else fi };
#endif
#ifdef SENTINEL
    atomic { GOES_DOWN(VCPU(m)) };
#endif
parkwait:
#ifdef SENTINEL
    if :: atomic { !asleep[me] -> permit[me]=0 }
#ifdef NET
       :: atomic { timeout -> assert(kills>1); permit[me]=0 }
#endif
#else
    if :: atomic { permit[me] -> permit[me]=0 }
#endif
#if SPURIOUS>0
       :: atomic { spurious<SPURIOUS -> spurious++ }
#endif
#ifdef STOP
       :: atomic { isStopped && (FREE_PAST_HEAD || DEAD_PAST_HEAD) -> skip }                            /* the bound of the sleep */
#endif
#if ABORTERS>0
       :: atomic { MAY_ABORT -> CRASH; if :: state[nd]==HALTED -> state[nd]=RUNNING :: else fi; UNPARK;
              if :: grant[nd]==WAIT -> grant[nd]=ABANDONED; goto tell :: else -> goto head fi }
#endif
#if K>0
       :: atomic { MAY_DIE -> kills++; goto crash }
#endif
    fi;
#ifdef SENTINEL
    /* noticeDeath */
    atomic { if :: dead[watch[me]] && !marked[watch[me]] -> skip :: else -> goto noticed fi };
#ifndef BUG_NOTICER_IS_SILENT
    atomic { CRASH; wakeWatchers(watch[me]) };
#endif
    atomic { CRASH; marked[watch[me]]=1 };
noticed:
#endif
    atomic { UNPARK; if :: state[nd]==HALTED -> state[nd]=RUNNING :: else fi;
#ifndef STALL
             goto waitnode
#endif
           };
#ifdef STALL
    /* bypassStalledHead */
    atomic { if :: grant[nd]==WAIT && (FREE_PAST_HEAD || DEAD_PAST_HEAD) -> CRASH; own(); MARK_PASSED; owning=1
                :: true -> goto waitnode fi };
    atomic { CRASH;
        if :: grant[nd]==WAIT ->
#ifndef BUG_BYPASSER_STAYS
              grant[nd]=ABANDONED;
#endif
              goto tell
           :: else -> m=0; goto unhash
        fi };
#endif

#ifdef CNA
    goto tell;
ahead:  /* goAhead: I have taken the lock, called the next one or not; now I leave my place, and then say that the head is wanted */
    atomic { CRASH;
        if :: grant[nd]==WAIT ->
#if defined(BUG_AHEAD_FREES)
              free(nd)
#elif !defined(BUG_AHEAD_STAYS)
              grant[nd]=SKIPPED
#endif
           :: else ->
#ifdef BUG_AHEAD_FORGETS_GRANT
              goto tell
#else
              m=0; goto unhash
#endif
        fi };
#ifdef BUG_NOBODY_IS_WANTED
    atomic { if :: CRASH; pending[lk]=1 :: true fi };
#endif
    atomic { if :: tail[lk]!=0 && !STALLED -> CRASH; pending[lk]=1 :: true fi };
#endif

tell:   /* tellSuccessor: who sleeps behind me must now watch the one before me; past those that went ahead, too */
#ifndef BUG_ABANDONER_IS_SILENT
    cur=nd;
beyond:
    atomic { if :: tail[lk]==cur -> cur=0; goto told :: else fi };
    atomic { nx=next[cur]; cur=nx };
    atomic { if :: nx!=0 && grant[nx]==SKIPPED -> nx=0;
#ifdef BUG_TELLS_WHO_LEFT
                    goto told
#else
                    goto beyond
#endif
                :: nx!=0 && grant[nx]==WAIT && !dead[VCPU(nx)] -> skip
                :: else -> nx=0 fi };
#ifdef SENTINEL
    atomic { CRASH; if :: nx!=0 -> kick(VCPU(nx)) :: else -> kickAll(); cur=0; goto told fi };
    atomic { CRASH; wake(VCPU(nx)); nx=0; cur=0 };
#else
    atomic { CRASH; if :: nx!=0 -> kick(VCPU(nx)) :: else -> kickAll() fi; nx=0; cur=0 };
#endif
told:
#endif
    if :: owning -> owning=0; goto cs :: else -> goto out fi;

head:   /* waitAsHead: nap; pending, spin; pending off; hash; SLOW; sleep */
#ifdef NAP
    atomic { CRASH; state[nd]=RUNNING };
    if :: atomic { locked[lk]!=0 -> skip } :: goto awake fi;
    atomic { CRASH; ENTRY(lk,nd)=ENTRY(lk,nd)|1 };
#ifdef BUG_NAP_WITHOUT_END
    atomic { permit[me] -> permit[me]=0 };
#else
    atomic { if :: permit[me] -> CRASH; permit[me]=0 :: true fi };
#endif
awake:
#endif
#ifdef BUG_HOLDS_BACK_FOR_EVER
    atomic { nx=next[nd] };
    if :: atomic { nx==0 || grant[nx]!=WAIT || owner[lk]==VCPU(nx) } :: atomic { MAY_DIE -> kills++; goto crash } fi;
#endif
    atomic { CRASH; m=0; w=0; nx=0; monitorRef[me]=0; state[nd]=RUNNING; pending[lk]=1; HEAD_SHOWS };
    STOPS;
    atomic { CRASH;
        if :: TAKEABLE -> own(); locked[lk]=LOCKED; pending[lk]=0; HEAD_GONE; owning=1; goto unhash
           :: owner[lk]==NEVER -> pending[lk]=0; goto unhash
           :: true -> pending[lk]=0
#if defined(NAP) && LIMIT>0 && LIMIT<255
           :: over[lk]<LIMIT -> pending[lk]=0; over[lk]=LIMIT
#endif
        fi };
    atomic { CRASH;
        if :: MAY_ABORT -> goto unhash
           :: true ->
#ifndef BUG_HASH_AFTER_SLOW
              ENTRY(lk,nd)=ENTRY(lk,nd)|1
#endif
        fi };
    atomic { CRASH;
        if :: TAKEABLE -> own(); locked[lk]=LOCKED; HEAD_GONE; owning=1; goto unhash
           :: owner[lk]==NEVER -> goto unhash
           :: else -> locked[lk]=SLOW
        fi };
#ifdef BUG_PERMIT_CLEARED
    permit[me]=0;
#endif
#ifdef BUG_HASH_AFTER_SLOW
    atomic { CRASH; ENTRY(lk,nd)=1 };
#endif
#ifdef SENTINEL
    atomic { if :: locked[lk]==SLOW && owner[lk]!=NEVER && !dead[owner[lk]] -> w=owner[lk] :: else -> goto head fi };
    atomic { GOES_DOWN(w); w=0 };
#endif
    STOPS;
parkhead:
#ifdef SENTINEL
    if :: atomic { !asleep[me] -> permit[me]=0 }
#ifdef NET
       :: atomic { timeout -> assert(kills>1); permit[me]=0 }
#endif
#else
    if :: atomic { permit[me] -> permit[me]=0; UNPARK; goto head }
#endif
#if SPURIOUS>0
       :: atomic { spurious<SPURIOUS -> spurious++; UNPARK; goto head }
#endif
#if ABORTERS>0
       :: atomic { MAY_ABORT -> CRASH; UNPARK; goto unhash }
#endif
#if K>0
       :: atomic { MAY_DIE -> kills++; goto crash }
#endif
    fi;
#ifdef SENTINEL
    atomic { if :: dead[watch[me]] && !marked[watch[me]] -> skip :: else -> UNPARK; goto head fi };
#ifndef BUG_NOTICER_IS_SILENT
    atomic { CRASH; wakeWatchers(watch[me]) };
#endif
    atomic { CRASH; marked[watch[me]]=1; UNPARK; goto head };
#endif

    /* owning, or leaving as head */
    atomic { skip;
unhash: cur=nd;
#ifdef BUG_ENTRY_LEFT
        if :: owning -> goto handoff :: else fi;
#endif
        if :: !ENTRY(lk,nd) -> goto handoff :: else fi };
    atomic { CRASH; ENTRY(lk,nd)=0 };

handoff: /* handOff: successor, by the hint or along prev from the tail */
    atomic { nx=next[cur]; if :: nx!=0 -> goto pass :: else fi };
    atomic { CRASH;
        if :: tail[lk]==cur -> tail[lk]=0; headNode[lk]=0; cur=0;
#ifndef BUG_OVERTAKE_NOT_CLEARED
              QUEUE_GONE;
#endif
              goto freeskipped
           :: else fi };
    nx=tail[lk];
    do :: atomic { prev[nx]==cur -> break }
       :: atomic { prev[nx]!=cur -> nx=prev[nx]; assert(nx!=0) }                                         /* I4 */
    od;
pass:
    atomic { CRASH;
        assert(nx!=nd && headNode[lk]==nd);                                                              /* I2, I4 */
        if :: grant[nx]==WAIT ->
#ifdef BUG_FREE_EARLY
              if :: skipSet[me]!=0 -> nx=0; i=1;
                    do :: i<=NN -> if :: skipSet[me] & BIT(i) -> free(i) :: else fi; i++ :: else -> break od; i=0; skipSet[me]=0; goto handoff
                 :: else fi;
#endif
              grant[nx]=GRANTED; headNode[lk]=nx; stateRef[me]=nx; cur=0; goto granted
           :: else -> assert(grant[nx]==ABANDONED || grant[nx]==SKIPPED) fi };
    atomic { CRASH;
        if :: grant[nx]==WAIT -> goto pass                                      /* its owner has regained it */
           :: else -> grant[nx]=SKIPPED; skipSet[me]=skipSet[me] | BIT(nx); cur=nx; nx=0; goto handoff
        fi };
granted: /* advanceSleeper */
    atomic { CRASH;
        if
#ifdef NAP
           :: owning -> kick(VCPU(nx)); stateRef[me]=0;
#ifdef SENTINEL
              goto wakegranted
#else
              nx=0; goto freeskipped
#endif
#endif
           :: owning && stateRef[me]==nx && state[nx]==HALTED -> state[nx]=HASHED; stateRef[me]=0
           :: owning && !(stateRef[me]==nx && state[nx]==HALTED) -> stateRef[me]=0; nx=0; goto freeskipped
           :: !owning ->
#ifndef BUG_LEAVER_DOES_NOT_KICK
              kick(VCPU(nx));
#endif
              stateRef[me]=0;
#ifdef SENTINEL
              goto wakegranted
#else
              nx=0; goto freeskipped
#endif
        fi };
    atomic { CRASH;
#ifdef BUG_HASH_IF_ABSENT
        i=1; do :: i<=NN && !ENTRY(lk,i) -> i++ :: else -> break od;
        if :: i>NN -> ENTRY(lk,nx)=ENTRY(lk,nx)|1 :: else fi; i=0;
#else
#ifdef BUG_HASH_REPLACES
        i=1; do :: i<=NN -> ENTRY(lk,i)=0; i++ :: else -> break od; i=0;
#endif
        ENTRY(lk,nx)=ENTRY(lk,nx)|1;
#endif
        nx=0 };
    atomic { CRASH; assert(owner[lk]==me); locked[lk]=SLOW };                                            /* I9 */
#ifdef SENTINEL
    goto freeskipped;
wakegranted:
    atomic { CRASH; wake(VCPU(nx)); nx=0 };
#endif
freeskipped: /* giveBack, giveBackMine, and my own node */
    atomic {
        if :: skipSet[me]!=0 -> CRASH; i=1; do :: !(skipSet[me] & BIT(i)) -> i++ :: else -> break od;
              skipSet[me]=skipSet[me] & (ALL-BIT(i));
              if :: grant[i]==SKIPPED && !dead[VCPU(i)] -> free(i) :: else fi; i=0; goto freeskipped
           :: else -> CRASH;
#if NODES>1 && !defined(BUG_NO_RECLAIM)
              i=FIRST(me);
              do :: i<FIRST(me)+NODES -> if :: grant[i]==SKIPPED && LOCKOF(i)==lk -> free(i) :: else fi; i++ :: else -> break od; i=0;
#endif
              free(nd); nd=0; if :: owning -> owning=0 :: else -> goto out fi
        fi };

cs:     /* the critical section, then unlock, unlockSlow, abandon */
#ifdef INCONSISTENT_BY_SECOND_CAS
    atomic { CRASH; if :: damaged[lk] -> incons[lk]=1 :: else fi };
#endif
#ifdef NESTED
    atomic { if :: !outer && lk==0 && me<=NESTERS -> outer=1; goto nested :: true fi };
#endif
#ifdef REPAIR
    atomic { CRASH; if :: incons[lk] -> incons[lk]=0; damaged[lk]=0 :: true fi };
#endif
unlock:
    atomic { CRASH; assert(owner[lk]==me && locked[lk]!=0);                                              /* I9 */
        w=locked[lk];
#ifdef BUG_LOOKUP_BEFORE_RELEASE
        if :: w==SLOW -> w=0; goto lookup :: else fi;
release:
        assert(owner[lk]==me);
#endif
#ifdef GIVEUP
        if :: incons[lk] -> owner[lk]=NEVER :: true -> locked[lk]=0; owner[lk]=0 fi;
#else
        locked[lk]=0; owner[lk]=0;
#endif
#ifdef BUG_GIVEUP_NO_KICK
        if :: owner[lk]==NEVER -> w=LOCKED :: else fi;
#endif
#ifdef BUG_INCONSISTENT_DROPPED
        incons[lk]=0;
#endif
        if :: w==SLOW -> w=0 :: else -> w=0; goto out fi };
lookup: /* kickAll(cell): every entry that was there at the beginning, and later ones or not */
    atomic { i=1; do :: i<=NN -> if :: ENTRY(lk,i) -> scan=scan | BIT(i) :: else fi; i++ :: else -> break od; i=0; goto take };
    atomic { skip;
take:   i=1;
        do :: i<=NN ->
              if :: ENTRY(lk,i) -> if :: nx=i :: nx!=0 fi
                 :: else -> scan=scan & (ALL-BIT(i)) fi;
              i++
           :: else -> break od; i=0;
#ifdef BUG_TAKES_BEFORE_IT_KICKS
        if :: nx!=0 -> CRASH; ENTRY(lk,nx)=0; scan=scan & (ALL-BIT(nx))
#else   /* an entry that is marked as taken counts for other unlockers, and for its owner no more */
        if :: nx!=0 -> CRASH; ENTRY(lk,nx)=2; scan=scan & (ALL-BIT(nx))
#endif
           :: scan==0 -> nx=0; goto looked
        fi };
#ifndef SENTINEL
    atomic { CRASH; kick(VCPU(nx)) };
#else
#ifdef BUG_A_PERMIT_MEANS_AWAKE
    atomic { CRASH; if :: permit[VCPU(nx)] -> goto kicked :: else -> kick(VCPU(nx)) fi };
#else
    atomic { CRASH; kick(VCPU(nx)) };
#endif
    atomic { CRASH; wake(VCPU(nx)) };
#endif
kicked:
    atomic { CRASH; ENTRY(lk,nx)=ENTRY(lk,nx)&1; nx=0; goto take };
looked:
#ifdef BUG_LOOKUP_BEFORE_RELEASE
    atomic { if :: owner[lk]==me -> goto release :: else fi };
#endif

    atomic { skip;
out:    nd=0; m=0;
#ifdef NESTED
        if :: outer && lk==1 -> outer=0; lk=0; goto unlock :: else fi;
#endif
#if ROUNDS>1
        round++; if :: me<=MANY && round<ROUNDS -> goto again :: else -> round=0 fi;
#endif
        finished[me]=1; permit[me]=0; nFinished++;
        if :: nFinished==N ->                                                                            /* I8 */
              i=0;
              do :: i<LOCKS -> assert(tail[i]==0 && !pending[i] && over[i]==0);
#ifdef STALL
                    assert(!stalled[i]);
#endif

                    assert((locked[i]==0 && owner[i]==0 && incons[i]==damaged[i]) || owner[i]==NEVER); i++
                 :: else -> break od;
              i=1;
              do :: i<=NN && NOBODY_DIED -> assert(grant[i]==FREE);
                    z=0; do :: z<LOCKS -> assert(!ENTRY(z,i)); z++ :: else -> break od; z=0; i++
                 :: else -> break od; i=0
           :: else fi;
        goto done };

nonode: /* lockWithoutNode: polls, whatever pending and the overtakes say; replaces a dead owner */
    if :: atomic { TAKEABLE && DISOBEY -> CRASH; own(); goto cs }
       :: atomic { owner[lk]==NEVER -> goto out }
       :: atomic { MAY_ABORT -> goto out }
       :: atomic { USABLE(FIRST(me)) -> goto pick }
#if NODES>1
       :: atomic { USABLE(FIRST(me)+1) -> goto pick }
#endif
#if K>0
       :: atomic { MAY_DIE -> kills++; goto crash }
#endif
    fi;

#if K>0
    atomic { skip;
crash:  killed[me]=1; permit[me]=0; hintRef[me]=0; monitorRef[me]=0; stateRef[me]=0; skipSet[me]=0;
        nd=0; m=0; nx=0; cur=0; w=0; scan=0; owning=0;
#if ROUNDS>1
        round=0;
#endif
#ifdef NESTED
        outer=0;
#endif
        z=0; i=0; do :: i<LOCKS -> if :: owner[i]==me -> damaged[i]=1 :: else fi; i++ :: else -> break od; i=0;
#if LOCKS>1
        lk=0
#endif
    };
#ifdef SENTINEL
    /* One that is being killed itself may still be among the sleepers: then nobody else is woken in its place */
    atomic { UNPARK; dead[me]=1;
        if :: asleep[1] && watch[1]==me -> asleep[1]=0
           :: asleep[2] && watch[2]==me -> asleep[2]=0
#if N>2
           :: asleep[3] && watch[3]==me -> asleep[3]=0
#endif
#if N>3
           :: asleep[4] && watch[4]==me -> asleep[4]=0
#endif
           :: else -> skip
        fi };
#else
    dead[me]=1;
#endif
#if !defined(BUG_NO_DEATH_KICK) && !defined(SENTINEL)
    kickAll();
#endif
#ifdef RECLAIM
end_dead:
    atomic { tenant[me]==1 -> tenant[me]=2; killed[me]=0; dead[me]=0; permit[me]=0; goto again };
#endif
#endif
    goto done;
#ifdef STOP
end_stopped:
    false;
#endif
done:
    skip
}

#ifdef LATECOMER
#define OVER(v) (killed[v] || finished[v] || !started[v])
#else
#define OVER(v) (killed[v] || finished[v])
#endif
#define RECLAIMABLE(v) (dead[v] && tenant[v]==0)
#if N==2
#define SOMEBODY_DIED (RECLAIMABLE(1) || RECLAIMABLE(2))
#define ALL_OVER (OVER(1) && OVER(2))
#elif N==3
#define SOMEBODY_DIED (RECLAIMABLE(1) || RECLAIMABLE(2) || RECLAIMABLE(3))
#define ALL_OVER (OVER(1) && OVER(2) && OVER(3))
#else
#define SOMEBODY_DIED (RECLAIMABLE(1) || RECLAIMABLE(2) || RECLAIMABLE(3) || RECLAIMABLE(4))
#define ALL_OVER (OVER(1) && OVER(2) && OVER(3) && OVER(4))
#endif

#ifdef RECLAIM
/*
 * SlotReclaimer, RECLAIMERS of them, without slots of their own. Each looks for a dead slot at any one time; the first does
 * so again when nobody else can take a step. May stop between any two steps: the rest is then done later, or by the other.
 */
#define NAMED_BY_CELL(l) (owner[l]==v || (tail[l]!=0 && VCPU(tail[l])==v))
#define NAMED_BY_NODE(n) (VCPU(n)!=v && grant[n]!=FREE && VCPU(prev[n])==v && prev[n]!=0 && tail[LOCKOF(n)]!=0)
#ifdef STALL
#define REST_OF_CELL(l) (locked[l]+4*pending[l]+8*incons[l]+16*over[l]+128*stalled[l])
#else
#define REST_OF_CELL(l) (locked[l]+4*pending[l]+8*incons[l]+16*over[l])
#endif
#if defined(BUG_DROP_ANY_TAIL)
#define MAY_DROP(n) (dead[VCPU(n)])
#elif defined(BUG_DROP_LIVE_TAIL)
#define MAY_DROP(n) (VCPU(n)==v || !dead[VCPU(n)])
#else
#define MAY_DROP(n) (VCPU(n)==v)
#endif
proctype Reclaimer(bool first) {
    byte v, n, t, who, rest, tried; byte l; bool late, looked;
idle:
    if :: atomic { SOMEBODY_DIED && !late && !looked -> looked=1 }
       :: late -> goto choose
       :: atomic { first && !late && timeout -> late=1; tried=0; assert(ALL_OVER); if :: SOMEBODY_DIED :: else -> goto idle_for_good fi }
#if RECLAIMERS>1
       :: !first -> goto idle_for_good
#endif
    fi;
choose: /* each of the dead once, and all again if that freed one */
    atomic { i=1; do :: i<=N && (!RECLAIMABLE(i) || (tried & (1<<i))) -> i++ :: else -> break od;
        if :: i>N && late -> i=0; goto idle_for_good
           :: i>N && !late -> i=0; tried=0; goto idle
           :: else -> v=i; tenant[v]=9; i=0 fi };                               /* RECLAIMING */
#ifdef BUG_REUSE_AT_ONCE
    goto reuse;
#endif
release: /* releaseOwned */
    atomic { if :: owner[l]==v -> locked[l]=0; owner[l]=0; incons[l]=1
                :: owner[l]!=v && l<LOCKS-1 -> l++; goto release
                :: else -> l=0; goto drop fi };
    atomic { kickAll(); if :: l<LOCKS-1 -> l++; goto release :: else -> l=0 fi };
drop:   /* dropDeadQueues, isDeserted: the CAS names the whole cell that was read first */
    atomic { t=tail[l]; who=owner[l]; rest=REST_OF_CELL(l); if :: t!=0 && MAY_DROP(t) -> n=t :: else -> t=0; n=0 fi };
    do :: atomic { n==0 -> break }
       :: atomic { n!=0 && (grant[n]==FREE || LOCKOF(n)!=l) -> t=0; break }
       :: atomic { n!=0 && LOCKOF(n)==l && dead[VCPU(n)] && grant[n]==GRANTED -> break }
       :: atomic { n!=0 && LOCKOF(n)==l && grant[n]==SKIPPED -> n=prev[n] }
       :: atomic { n!=0 && LOCKOF(n)==l && grant[n]==ABANDONED -> grant[n]=SKIPPED }
       :: atomic { n!=0 && LOCKOF(n)==l && dead[VCPU(n)] && grant[n]==WAIT -> n=prev[n] }
       :: atomic { n!=0 && LOCKOF(n)==l && !dead[VCPU(n)] && (grant[n]==WAIT || grant[n]==GRANTED) -> t=0; break }
    od;
    atomic { n=0;
        if :: t!=0 && tail[l]==t && owner[l]==who && rest==REST_OF_CELL(l) ->
              assert(headNode[l]==0 || killed[VCPU(headNode[l])]);                                       /* I2 */
              headNode[l]=0; tail[l]=0; pending[l]=0; over[l]=0;
#ifdef STALL
              stalled[l]=0
#endif

           :: else fi;
        t=0; who=0; rest=0; if :: l<LOCKS-1 -> l++; goto drop :: else -> l=0 fi };
cells:  /* isNamed */
    atomic { if :: NAMED_BY_CELL(l) -> goto named
                :: !NAMED_BY_CELL(l) && l<LOCKS-1 -> l++; goto cells
                :: else -> l=0; n=1 fi };
nodes:
    atomic { if :: VCPU(n)==v && n<NN -> n++; goto nodes
                :: NAMED_BY_NODE(n) -> goto named
                :: VCPU(n)!=v && !NAMED_BY_NODE(n) && n<NN -> n++; goto nodes
                :: else fi };
    /* removeVcpu, freeNodes: nothing refers to them */
reuse:
    atomic { n=FIRST(v);
        do :: n<FIRST(v)+NODES -> free(n); i=0; do :: i<LOCKS -> ENTRY(i,n)=0; i++ :: else -> break od; i=0; n++
           :: else -> break od;
        tenant[v]=1; v=0; n=0; late=0; tried=0; goto idle };
named:  /* not yet. If nobody comes any more, then only because the tail is a place that somebody alive has left */
    atomic { tenant[v]=0; tried=tried | (1<<v);
        i=1; do :: i<=N && (!RECLAIMABLE(i) || (tried & (1<<i))) -> i++ :: else -> break od;
        if :: i<=N -> i=0
           :: i>N && late -> i=1; do :: i<=NN && !(grant[i]>GRANTED && !dead[VCPU(i)] && tail[LOCKOF(i)]==i) -> i++ :: else -> break od;
                             assert(i<=NN); i=0
           :: else -> i=0
        fi;
        v=0; n=0; l=0; if :: late -> goto choose :: else -> goto idle fi };
idle_for_good:
    skip
}
#endif

init { atomic {
    i=1; do :: i<=N -> run P(i); i++ :: else -> break od; i=0;
#ifdef RECLAIM
    run Reclaimer(1);
#if RECLAIMERS>1
    run Reclaimer(0);
#endif
#endif
} }

#ifdef LIVE
ltl live { <> ALL_OVER }
#endif
