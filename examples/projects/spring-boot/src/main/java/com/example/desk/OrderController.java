package com.example.desk;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import org.agrona.concurrent.AtomicBuffer;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Gives each order a number, without gaps, across all processes of the service. */
@RestController
class OrderController {

    private static final int LAST_NUMBER = 0;

    private final SharedLock lock;
    private final AtomicBuffer data;

    OrderController(LockRegion region) {
        lock = region.lock("order numbers");
        data = region.data();
    }

    @PostMapping("/orders")
    long next() {
        try (LockGuard guard = lock.acquire()) {
            if (guard.ownerDied()) {
                guard.markConsistent(); // the number is written in one step: nothing to repair
            }
            long number = data.getLong(LAST_NUMBER) + 1;
            data.putLong(LAST_NUMBER, number);
            return number;
        }
    }
}
