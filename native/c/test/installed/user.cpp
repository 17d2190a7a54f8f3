// As user.c, in C++.
#include <iostream>
#include <mutex>
#include <pvlock.hpp>

int main(int argc, char **argv) {
    try {
        pvlock::region region(argc == 2 ? argv[1] : "");
        pvlock::mutex orders(region, "orders");
        std::unique_lock<pvlock::mutex> held(orders);
        std::cout << "held by " << pvlock_vcpu_index(region.vcpu()) << ", version " << PVLOCK_VERSION_MAJOR << '.'
                  << PVLOCK_VERSION_MINOR << '.' << PVLOCK_VERSION_PATCH << '\n';
    } catch (const pvlock::error &e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}
