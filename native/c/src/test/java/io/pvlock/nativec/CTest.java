package io.pvlock.nativec;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tests that are in C. */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CTest {

    @Test
    void theTestsInCPass() throws IOException, InterruptedException {
        CBuild.assumeThere();
        System.out.println(CBuild.make("c", "test"));
    }
}
