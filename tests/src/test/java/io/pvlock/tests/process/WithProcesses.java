package io.pvlock.tests.process;

import io.pvlock.kit.ChildJvm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** A test with a region in a file of its own, and with processes that use it. All of them end with the test. */
public abstract class WithProcesses {

    protected final TestRegion region = new TestRegion();

    /** Those that were started, in this order. */
    protected final List<ChildJvm> children = new ArrayList<>();

    /** Takes it among the children, and waits until it is ready. */
    protected final ChildJvm started(ChildJvm child) throws InterruptedException {
        children.add(child);
        child.expect("ready");
        return child;
    }

    @AfterEach
    final void endProcesses() {
        children.forEach(ChildJvm::close);
        region.close();
    }
}
