/* The C++ wrapper: as a Lockable, as a guard, after a death, in threads that come and go. */
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "pvlock.hpp"

#define CHECK(condition)                                                              \
    do {                                                                              \
        if (!(condition)) {                                                           \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);      \
            std::abort();                                                             \
        }                                                                             \
    } while (0)

using namespace std::chrono_literals;

static void lockable(const pvlock::region &region) {
    pvlock::mutex one(region, "one");
    pvlock::mutex two(region, "two");
    {
        std::scoped_lock both(one, two);
        std::thread([&] {
            CHECK(!one.try_lock());
            CHECK(!one.try_lock_for(1ms));
            CHECK(!one.try_lock_until(std::chrono::system_clock::now() + 1ms));
            CHECK(!pvlock::guard::try_now(two));
            CHECK(!pvlock::guard::try_for(two, 1ms));
        }).join();
    }
    std::unique_lock<pvlock::mutex> held(one, 5ms);
    CHECK(held.owns_lock());
    try {
        one.lock();
        CHECK(false);
    } catch (const pvlock::error &e) {
        CHECK(e.outcome() == PVLOCK_DEADLOCK);
    }
    held.unlock();
    try {
        one.unlock();
        CHECK(false);
    } catch (const pvlock::error &e) {
        CHECK(e.outcome() == PVLOCK_NOT_OWNER && std::strstr(e.what(), "does not hold lock 'one'") != nullptr);
    }
}

static void after_a_death(const pvlock::region &region) {
    pvlock::mutex doomed(region, "doomed");
    std::thread([&] { doomed.lock(); }).join();
    try {
        std::lock_guard<pvlock::mutex> never(doomed);
        CHECK(false);
    } catch (const pvlock::owner_died &) {
    }
    std::int64_t first = 0;
    {
        pvlock::guard guard(doomed);
        CHECK(guard.owner_died());
        guard.consistent();
        first = guard.token();
        CHECK(first == guard.token());
    }
    pvlock::guard guard(doomed);
    CHECK(!guard.owner_died() && guard.token() > first);
    guard.abandon();
    try {
        doomed.lock();
        CHECK(false);
    } catch (const pvlock::error &e) {
        CHECK(e.outcome() == PVLOCK_NOT_RECOVERABLE);
    }
}

/* Of 16 slots: each thread gives its own back. */
static void threads_come_and_go(const pvlock::region &region) {
    pvlock::mutex lock(region, "threads");
    int count = 0;
    for (int i = 0; i < 50; i++) {
        std::thread([&] {
            std::lock_guard<pvlock::mutex> held(lock);
            count++;
        }).join();
    }
    CHECK(count == 50);
    pvlock_owner_info owner;
    CHECK(pvlock_owner(lock.native(), &owner) == PVLOCK_NOT_FOUND);
}

int main() {
    alarm(60);
    char folder[] = "/tmp/pvlock-cpp-XXXXXX";
    CHECK(mkdtemp(folder) != nullptr);
    std::string path = std::string(folder) + "/region";
    pvlock_options options = PVLOCK_OPTIONS_INIT;
    options.max_vcpus = 16;
    {
        pvlock::region region(path, &options);
        CHECK(region.path() == path);
        lockable(region);
        after_a_death(region);
        threads_come_and_go(region);
        region.detach();
    }
    try {
        pvlock::region region(std::string(folder) + "/none/region");
        CHECK(false);
    } catch (const pvlock::error &e) {
        CHECK(e.outcome() == PVLOCK_UNAVAILABLE);
    }
    CHECK(unlink(path.c_str()) == 0 && rmdir(folder) == 0);
    return 0;
}
