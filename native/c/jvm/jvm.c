/*
 * The queue of the lock for threads of a JVM: io.pvlock.linux.Libpvlock, by JNI. One call waits until there is an outcome, one
 * lets go of a lock and kicks. What Java must know of in the middle of a wait, it is called for, on the thread that waits: a
 * long wait, a death. If that throws, the wait ends without the lock, and what was thrown goes on when the call returns.
 *
 * The structures are in memory of Java's, which is 16-aligned and outlives the calls. If somebody cuts the file of the region short
 * meanwhile, the call ends with an InternalError, as most accesses by Java do.
 */
#include <jni.h>
#include <string.h>

#include "fault.h"
#include "region.h"
#include "vcpu.h"

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_io_pvlock_linux_Libpvlock_##name

/* The call that is under way on this thread: another one may be, inside what it has called in Java. */
struct call {
    JNIEnv *env;
    jobject upcalls;
    struct call *outer;
    struct pv_access access;
};

static _Thread_local struct call *current;

static jmethodID long_wait;
static jmethodID died;
#ifdef PVLOCK_TEST_HOOKS
static jmethodID reached;
#endif

/* What the calling thread finds in `call` has to stay there until the call ends. */
static void begin_call(struct call *call, JNIEnv *env, jobject upcalls) {
    call->env = env;
    call->upcalls = upcalls;
    call->outer = current;
    current = call;
}

static void end_call(struct call *call) {
    pv_end_access(&call->access);
    current = call->outer;
}

/* Nobody catches an error by this name but those who expect it of any access to a mapped file. */
static void throw_cut_short(JNIEnv *env) {
    (*env)->ExceptionClear(env);
    jclass error = (*env)->FindClass(env, "java/lang/InternalError");
    if (error != NULL) {
        (*env)->ThrowNew(env, error, pvlock_error_detail());
    }
}

/* Whether Java can be called: nothing is thrown yet. */
static bool can_call(void) {
    return current != NULL && !(*current->env)->ExceptionCheck(current->env);
}

static void end_if_thrown(void) {
    if ((*current->env)->ExceptionCheck(current->env)) {
        pv_corrupt("what was called in the middle of a wait has thrown");
    }
}

static void tell_long_wait(struct pv_core *core, struct pv_me *me) {
    (void) core;
    if (can_call()) {
        struct pv_access *access = pv_suspend_access();
        bool ends = (*current->env)->CallBooleanMethod(current->env, current->upcalls, long_wait);
        pv_resume_access(access);
        end_if_thrown();
        me->attempt.given_up |= ends;
    }
}

static void tell_death(struct pv_core *core, int vcpu) {
    (void) core;
    if (can_call()) {
        struct pv_access *access = pv_suspend_access();
        (*current->env)->CallVoidMethod(current->env, current->upcalls, died, (jint) vcpu);
        pv_resume_access(access);
        end_if_thrown();
    }
}

#ifdef PVLOCK_TEST_HOOKS
static int tell_kill_point(int point, int vcpu) {
    if (can_call()) {
        struct pv_access *access = pv_suspend_access();
        (*current->env)->CallVoidMethod(current->env, current->upcalls, reached, (jint) point, (jint) vcpu);
        pv_resume_access(access);
        end_if_thrown();
    }
    return PVLOCK_HOOK_GO_ON;
}
#endif

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved) {
    (void) vm;
    (void) reserved;
    return JNI_VERSION_1_8;
}

/* Once, before anything else of this file; a program that has only the calls of calls.c keeps its handler of faults as it was. */
NATIVE(jboolean, prepare)(JNIEnv *env, jclass self) {
    (void) self;
    jclass upcalls = (*env)->FindClass(env, "io/pvlock/linux/Libpvlock$Upcalls");
    if (upcalls == NULL) {
        return JNI_FALSE;
    }
    long_wait = (*env)->GetMethodID(env, upcalls, "longWait", "()Z");
    died = (*env)->GetMethodID(env, upcalls, "died", "(I)V");
#ifdef PVLOCK_TEST_HOOKS
    reached = (*env)->GetMethodID(env, upcalls, "reached", "(II)V");
    pvlock_hooks.kill_point = tell_kill_point;
    if (reached == NULL) {
        return JNI_FALSE;
    }
#endif
    return long_wait != NULL && died != NULL && pv_handle_faults() ? JNI_TRUE : JNI_FALSE;
}

/* Whether this library obeys what only tests say; 0 stands for nothing said. */
NATIVE(jboolean, tune)(JNIEnv *env, jclass self, jlong max_sleep_ns, jlong stall_ns) {
    (void) env;
    (void) self;
#ifdef PVLOCK_TEST_HOOKS
    pvlock_tuning.max_sleep_ns = max_sleep_ns;
    pvlock_tuning.stall_ns = stall_ns;
    return JNI_TRUE;
#else
    return max_sleep_ns == 0 && stall_ns == 0;
#endif
}

NATIVE(jboolean, hasKillPoints)(JNIEnv *env, jclass self) {
    (void) env;
    (void) self;
#ifdef PVLOCK_TEST_HOOKS
    return JNI_TRUE;
#else
    return JNI_FALSE;
#endif
}

NATIVE(jint, regionBytes)(JNIEnv *env, jclass self) {
    (void) env;
    (void) self;
    return sizeof(struct pv_core);
}

NATIVE(jint, waiterBytes)(JNIEnv *env, jclass self) {
    (void) env;
    (void) self;
    return sizeof(struct pv_me);
}

NATIVE(void, initRegion)(
        JNIEnv *env, jclass self, jlong region, jlong base, jint length, jint vcpus_at, jint vcpus, jint hash_at,
        jint hash_lines, jint processes_at, jint max_processes, jint process, jint process_generation, jint fd,
        jboolean numa_told) {
    (void) env;
    (void) self;
    struct pv_core *core = (struct pv_core *) region;
    *core = (struct pv_core) {
        .base = (unsigned char *) base,
        .length = (uint32_t) length,
        .vcpus_at = (uint32_t) vcpus_at,
        .vcpus = vcpus,
        .hash_at = (uint32_t) hash_at,
        .hash_lines = (uint32_t) hash_lines,
        .processes_at = (uint32_t) processes_at,
        .max_processes = (uint32_t) max_processes,
        .process = process,
        .process_generation = (uint32_t) process_generation,
        .fd = fd,
        .witness = -1,
        .numa_told = numa_told == JNI_TRUE,
        .long_wait = tell_long_wait,
        .died = tell_death,
    };
    pv_identify(core);
}

NATIVE(void, initWaiter)(JNIEnv *env, jclass self, jlong waiter, jlong region, jint vcpu, jint generation) {
    (void) env;
    (void) self;
    pv_me_init((struct pv_me *) waiter, (struct pv_core *) region, vcpu, (uint32_t) generation);
}

/* By any thread; it kicks besides. */
NATIVE(void, cancel)(JNIEnv *env, jclass self, jlong waiter) {
    (void) env;
    (void) self;
    atomic_store_explicit(&((struct pv_me *) waiter)->cancelled, true, memory_order_relaxed);
}

/* By any thread; it kicks besides. */
NATIVE(void, interrupt)(JNIEnv *env, jclass self, jlong waiter, jboolean interrupted) {
    (void) env;
    (void) self;
    atomic_store_explicit(&((struct pv_me *) waiter)->interrupted, interrupted == JNI_TRUE, memory_order_relaxed);
}

/* Outcome in the lowest byte, NUMA node plus 1 in the next three, owner word of a dead owner in the upper half. */
NATIVE(jlong, await)(
        JNIEnv *env, jclass self, jobject upcalls, jlong waiter, jint cell, jint overtake_limit, jint stride_shift,
        jlong overtake_ns, jlong spin_ns, jboolean yields, jlong numa_threshold_ns, jlong deadline_ns,
        jboolean interruptible, jboolean waits_though_cancelled, jint numa_node) {
    (void) self;
    struct pv_me *me = (struct pv_me *) waiter;
    struct pv_policy policy = {overtake_limit, stride_shift, overtake_ns, spin_ns, yields == JNI_TRUE, numa_threshold_ns};
    me->waits_though_cancelled = waits_though_cancelled == JNI_TRUE;
    me->numa_node = numa_node;
    struct call call;
    begin_call(&call, env, upcalls);
    volatile int outcome = PV_CORRUPT;
    if (PV_ACCESS(&call.access, me->core)) {
        outcome = pv_queue((uint32_t) cell, me, &policy, deadline_ns, interruptible == JNI_TRUE);
    } else {
        throw_cut_short(env);
    }
    end_call(&call);
    pv_me_free(me);
    uint64_t numa = (uint32_t) (me->numa_node + 1) & 0xffffff;
    return (jlong) ((uint64_t) me->attempt.died_owner << 32 | numa << 8 | (uint64_t) outcome);
}

/* False: damage was found, see detail(). */
NATIVE(jboolean, release)(JNIEnv *env, jclass self, jobject upcalls, jlong waiter, jint cell) {
    (void) self;
    struct pv_me *me = (struct pv_me *) waiter;
    struct call call;
    begin_call(&call, env, upcalls);
    volatile bool sound = false;
    if (PV_ACCESS(&call.access, me->core)) {
        sound = pv_release_slow((uint32_t) cell, me) == PV_ACQUIRED;
    } else {
        throw_cut_short(env);
    }
    end_call(&call);
    return sound;
}

/* What was found damaged last on this thread. */
NATIVE(jstring, detail)(JNIEnv *env, jclass self) {
    (void) self;
    return (*env)->NewStringUTF(env, pvlock_error_detail());
}
