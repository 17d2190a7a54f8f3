/*
 * The kernel and the C library for Java: io.pvlock.linux.JniCalls, by JNI. Plain integers in, plain integers out.
 *
 * The library shall load where glibc is older than the one that it was built with: what moved from libpthread to libc in 2.34 is asked for
 * as it was before. Both have it under that name.
 */
#include <errno.h>
#include <grp.h>
#include <jni.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#define SINCE_2_12 "GLIBC_2.12"
#define SINCE_EVER "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define SINCE_2_12 "GLIBC_2.17"
#define SINCE_EVER "GLIBC_2.17"
#else
#error "Arch.java knows amd64 and aarch64"
#endif

#ifdef __GLIBC__
__asm__(".symver pthread_mutexattr_init,pthread_mutexattr_init@" SINCE_EVER);
__asm__(".symver pthread_mutexattr_destroy,pthread_mutexattr_destroy@" SINCE_EVER);
__asm__(".symver pthread_mutexattr_setpshared,pthread_mutexattr_setpshared@" SINCE_EVER);
__asm__(".symver pthread_mutexattr_setrobust,pthread_mutexattr_setrobust@" SINCE_2_12);
__asm__(".symver pthread_mutex_consistent,pthread_mutex_consistent@" SINCE_2_12);
#endif

/* Of glibc; a libc that takes this library for one of its own, and has it not, is none that we know. */
extern const char *gnu_get_libc_version(void) __attribute__((weak));

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_io_pvlock_linux_JniCalls_##name
/* Which few of them use. */
#define OF_OBJECT __attribute__((unused)) JNIEnv *env, __attribute__((unused)) jobject self

NATIVE(jlong, syscall)(OF_OBJECT, jlong number, jlong a, jlong b, jlong c, jlong d, jlong e, jlong f) {
    long result = syscall(number, a, b, c, d, e, f);
    return result == -1 ? -errno : result;
}

NATIVE(jint, schedGetcpu)(OF_OBJECT) {
    return sched_getcpu();
}

NATIVE(jint, mutexattrInit)(OF_OBJECT, jlong attributes) {
    return pthread_mutexattr_init((pthread_mutexattr_t *) attributes);
}

NATIVE(jint, mutexattrSetpshared)(OF_OBJECT, jlong attributes, jint shared) {
    return pthread_mutexattr_setpshared((pthread_mutexattr_t *) attributes, shared);
}

NATIVE(jint, mutexattrSetrobust)(OF_OBJECT, jlong attributes, jint robust) {
    return pthread_mutexattr_setrobust((pthread_mutexattr_t *) attributes, robust);
}

NATIVE(jint, mutexattrDestroy)(OF_OBJECT, jlong attributes) {
    return pthread_mutexattr_destroy((pthread_mutexattr_t *) attributes);
}

NATIVE(jint, mutexInit)(OF_OBJECT, jlong mutex, jlong attributes) {
    return pthread_mutex_init((pthread_mutex_t *) mutex, (const pthread_mutexattr_t *) attributes);
}

NATIVE(jint, mutexLock)(OF_OBJECT, jlong mutex) {
    return pthread_mutex_lock((pthread_mutex_t *) mutex);
}

NATIVE(jint, mutexUnlock)(OF_OBJECT, jlong mutex) {
    return pthread_mutex_unlock((pthread_mutex_t *) mutex);
}

NATIVE(jint, mutexConsistent)(OF_OBJECT, jlong mutex) {
    return pthread_mutex_consistent((pthread_mutex_t *) mutex);
}

NATIVE(jint, mutexDestroy)(OF_OBJECT, jlong mutex) {
    return pthread_mutex_destroy((pthread_mutex_t *) mutex);
}

NATIVE(jint, getpwnam)(OF_OBJECT, jlong name, jlong entry, jlong buffer, jlong bytes, jlong result) {
    return getpwnam_r((const char *) name, (struct passwd *) entry, (char *) buffer, (size_t) bytes, (struct passwd **) result);
}

NATIVE(jint, getgrnam)(OF_OBJECT, jlong name, jlong entry, jlong buffer, jlong bytes, jlong result) {
    return getgrnam_r((const char *) name, (struct group *) entry, (char *) buffer, (size_t) bytes, (struct group **) result);
}

NATIVE(jstring, strerror)(OF_OBJECT, jint error) {
    return (*env)->NewStringUTF(env, strerror(error));
}

NATIVE(void, zero)(OF_OBJECT, jlong address, jlong bytes) {
    memset((void *) address, 0, (size_t) bytes);
}

NATIVE(jlong, addressOf)(OF_OBJECT, jobject direct) {
    return (jlong) (*env)->GetDirectBufferAddress(env, direct);
}

NATIVE(jboolean, isGlibc)(OF_OBJECT) {
    return gnu_get_libc_version != NULL;
}
