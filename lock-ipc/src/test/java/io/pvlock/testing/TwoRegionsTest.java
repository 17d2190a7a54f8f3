package io.pvlock.testing;

import io.pvlock.LockRegion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A test with a region that is open twice: two processes to each other, in one JVM. */
public abstract class TwoRegionsTest extends RegionTest {

    protected LockRegion other;

    @BeforeEach
    final void setUpOther() {
        other = openRegion();
    }

    @AfterEach
    final void closeOther() {
        other.close();
    }
}
