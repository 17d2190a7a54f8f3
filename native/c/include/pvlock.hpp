/**
 * pvlock for C++17: what <mutex> has, between processes, and crash-tolerant.
 *
 *     pvlock::region region("/dev/shm/desk.pvlock");
 *     pvlock::mutex orders(region, "orders");
 *     {
 *         pvlock::guard guard(orders);           // as std::lock_guard
 *         if (guard.owner_died()) {              // the data may be damaged
 *             repair();
 *             guard.consistent();
 *         }
 *         work(guard.token());
 *     }
 *     std::unique_lock<pvlock::mutex> held(orders, std::chrono::milliseconds(5));
 *
 * A mutex is Lockable and TimedLockable: it can be had with std::unique_lock, std::lock_guard, std::scoped_lock. Those
 * cannot tell of a death: lock() then throws owner_died, without the lock, until somebody has declared the data
 * repaired by a guard.
 *
 * A thread attaches when it locks first in a region, and gives its vCPU back when it ends, or earlier by
 * region::detach(). If it holds something then, it is a dead owner.
 */
#ifndef PVLOCK_HPP
#define PVLOCK_HPP

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pvlock.h"

namespace pvlock {

/** An outcome that is an error, or one that a caller has no way to be told of. */
class error : public std::runtime_error {
public:
    explicit error(int outcome)
            : std::runtime_error(pvlock_is_error(outcome) ? pvlock_error_detail() : pvlock_strerror(outcome)),
              outcome_(outcome) {}

    /** enum pvlock_outcome */
    int outcome() const noexcept { return outcome_; }

private:
    int outcome_;
};

/** An owner died holding the lock, and nobody has declared the data repaired. The lock is not held. */
class owner_died : public error {
public:
    owner_died() : error(PVLOCK_OWNER_DIED) {}
};

namespace detail {

inline void check(int outcome) {
    if (outcome != PVLOCK_OK) {
        throw error(outcome);
    }
}

/** The region, for as long as a thread or an object needs it. */
class shared_region {
public:
    shared_region(const std::string &path, const pvlock_options *options) {
        check(pvlock_open(path.c_str(), options, &region));
    }
    shared_region(const shared_region &) = delete;
    shared_region &operator=(const shared_region &) = delete;
    /* It cannot be closed while a thread is attached; each of those keeps it. */
    ~shared_region() { pvlock_close(region); }

    pvlock_region *region = nullptr;
};

using region_ptr = std::shared_ptr<shared_region>;

/** The vCPUs of a thread, which it gives back when it ends. */
class thread_vcpus {
public:
    thread_vcpus() = default;
    thread_vcpus(const thread_vcpus &) = delete;
    thread_vcpus &operator=(const thread_vcpus &) = delete;
    ~thread_vcpus() {
        for (auto &each : vcpus_) {
            give_back(each.second);
        }
    }

    pvlock_vcpu *of(const region_ptr &region) {
        if (region.get() == last_) {
            return last_vcpu_;
        }
        auto found = vcpus_.find(region.get());
        if (found == vcpus_.end()) {
            entry made{region, nullptr};
            check(pvlock_attach(region->region, &made.vcpu));
            found = vcpus_.emplace(region.get(), std::move(made)).first;
        }
        last_ = region.get();
        last_vcpu_ = found->second.vcpu;
        return last_vcpu_;
    }

    void leave(const region_ptr &region) {
        auto found = vcpus_.find(region.get());
        if (found != vcpus_.end()) {
            check(pvlock_detach(found->second.vcpu));
            vcpus_.erase(found);
            last_ = nullptr;
        }
    }

    static thread_vcpus &mine() {
        static thread_local thread_vcpus vcpus;
        return vcpus;
    }

private:
    struct entry {
        region_ptr region;
        pvlock_vcpu *vcpu;
    };

    /* One that holds something stays as it is: the kernel tells of its death. Then the region stays open, too. */
    static void give_back(entry &each) {
        if (pvlock_detach(each.vcpu) != PVLOCK_OK) {
            static std::mutex guard;
            static auto *kept = new std::vector<region_ptr>; /* never destroyed */
            std::lock_guard<std::mutex> hold(guard);
            kept->push_back(std::move(each.region));
        }
    }

    std::unordered_map<shared_region *, entry> vcpus_;
    shared_region *last_ = nullptr;
    pvlock_vcpu *last_vcpu_ = nullptr;
};

/** An instant of any clock as the library wants it; never earlier. */
template <class Clock, class Duration>
std::int64_t deadline(const std::chrono::time_point<Clock, Duration> &until) {
    auto left = until - Clock::now();
    if (left >= std::chrono::hours(24 * 365 * 100)) {
        return PVLOCK_FOREVER;
    }
    auto ns = std::chrono::ceil<std::chrono::nanoseconds>(left).count();
    return pvlock_now_ns() + (ns > 0 ? ns : 0);
}

}  // namespace detail

/** An open region. Copies stand for the same one. It is closed when nobody needs it any more. */
class region {
public:
    explicit region(const std::string &path, const pvlock_options *options = nullptr)
            : shared_(std::make_shared<detail::shared_region>(path, options)) {}

    std::string path() const { return pvlock_path(shared_->region); }
    pvlock_region *native() const noexcept { return shared_->region; }

    /** The calling thread's vCPU, made now if it has none. */
    pvlock_vcpu *vcpu() const { return detail::thread_vcpus::mine().of(shared_); }

    /** Gives the calling thread's vCPU back; throws if it holds something. */
    void detach() const { detail::thread_vcpus::mine().leave(shared_); }

private:
    friend class mutex;
    detail::region_ptr shared_;
};

/** A named lock: Lockable and TimedLockable. Copies stand for the same one. */
class mutex {
public:
    mutex(const region &of, std::string_view name, const pvlock_lock_options *options = nullptr) : region_(of.shared_) {
        pvlock_t *found = nullptr;
        detail::check(pvlock_find(region_->region, name.data(), name.size(), options, &found));
        handle_ = std::shared_ptr<pvlock_t>(found, [keep = region_](pvlock_t *it) { pvlock_forget(it); });
    }

    /** @throws owner_died without the lock; error */
    void lock() const { check_held(pvlock_lock(native(), vcpu())); }

    /** False if somebody alive has it. @throws owner_died without the lock; error */
    bool try_lock() const { return is_held(pvlock_trylock(native(), vcpu())); }

    /** False if the time is over. @throws owner_died without the lock; error */
    template <class Rep, class Period>
    bool try_lock_for(const std::chrono::duration<Rep, Period> &time) const {
        return try_lock_until(std::chrono::steady_clock::now() + time);
    }

    /** False if the time is over. @throws owner_died without the lock; error */
    template <class Clock, class Duration>
    bool try_lock_until(const std::chrono::time_point<Clock, Duration> &until) const {
        return is_held(pvlock_timedlock_ns(native(), vcpu(), detail::deadline(until)));
    }

    /** @throws error if the calling thread does not hold it */
    void unlock() const { detail::check(pvlock_unlock(native(), vcpu())); }

    pvlock_t *native() const noexcept { return handle_.get(); }
    pvlock_vcpu *vcpu() const { return detail::thread_vcpus::mine().of(region_); }

private:
    void check_held(int outcome) const {
        if (outcome == PVLOCK_OWNER_DIED) {
            pvlock_unlock(native(), vcpu());
            throw owner_died();
        }
        detail::check(outcome);
    }

    bool is_held(int outcome) const {
        if (outcome == PVLOCK_BUSY || outcome == PVLOCK_TIMED_OUT) {
            return false;
        }
        check_held(outcome);
        return true;
    }

    detail::region_ptr region_;
    std::shared_ptr<pvlock_t> handle_;
};

/** Holds a lock, and says what came with it: a death, a fencing token. */
class guard {
public:
    /** Waits for the lock; of a death it is told by owner_died(). @throws error */
    explicit guard(const mutex &of) : guard(of, pvlock_lock(of.native(), of.vcpu())) {}

    /** Empty if the lock could not be had in time. @throws error */
    template <class Rep, class Period>
    static std::optional<guard> try_for(const mutex &of, const std::chrono::duration<Rep, Period> &time) {
        auto until = std::chrono::steady_clock::now() + time;
        int outcome = pvlock_timedlock_ns(of.native(), of.vcpu(), detail::deadline(until));
        return outcome == PVLOCK_TIMED_OUT ? std::nullopt : std::optional<guard>(guard(of, outcome));
    }

    /** Empty if somebody alive has the lock. @throws error */
    static std::optional<guard> try_now(const mutex &of) {
        int outcome = pvlock_trylock(of.native(), of.vcpu());
        return outcome == PVLOCK_BUSY ? std::nullopt : std::optional<guard>(guard(of, outcome));
    }

    guard(guard &&other) noexcept
            : lock_(other.lock_),
              owner_died_(other.owner_died_),
              token_(other.token_),
              held_(std::exchange(other.held_, false)) {}
    guard(const guard &) = delete;
    guard &operator=(const guard &) = delete;
    guard &operator=(guard &&) = delete;

    ~guard() {
        if (held_) {
            pvlock_unlock(lock_.native(), lock_.vcpu());
        }
    }

    /** Whether an owner died, and nobody had declared the data repaired when this guard was made. */
    bool owner_died() const noexcept { return owner_died_; }

    /** Declares the data repaired. @throws error */
    void consistent() { detail::check(pvlock_consistent(lock_.native(), lock_.vcpu())); }

    /** Gives the lock up for good. @throws error */
    void abandon() {
        detail::check(pvlock_abandon(lock_.native(), lock_.vcpu()));
        held_ = false;
    }

    /** Greater than all that were handed out for this lock before; drawn when it is first asked for. @throws error */
    std::int64_t token() {
        if (!token_) {
            std::int64_t drawn = 0;
            detail::check(pvlock_token(lock_.native(), lock_.vcpu(), &drawn));
            token_ = drawn;
        }
        return *token_;
    }

private:
    guard(const mutex &of, int outcome) : lock_(of), owner_died_(outcome == PVLOCK_OWNER_DIED) {
        if (!pvlock_is_held(outcome)) {
            throw error(outcome);
        }
    }

    mutex lock_;
    bool owner_died_;
    std::optional<std::int64_t> token_;
    bool held_ = true;
};

}  // namespace pvlock

#endif
