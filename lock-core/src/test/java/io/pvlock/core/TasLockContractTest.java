package io.pvlock.core;

import io.pvlock.core.testing.HeapMemory.Source;
import org.junit.jupiter.api.Nested;

class TasLockContractTest {

    @Nested
    class OnHeap extends LockContract {
        OnHeap() {
            super(LockKind.TAS, Source.HEAP);
        }
    }

    @Nested
    class Direct extends LockContract {
        Direct() {
            super(LockKind.TAS, Source.DIRECT);
        }
    }
}
