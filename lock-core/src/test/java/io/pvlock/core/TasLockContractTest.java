package io.pvlock.core;

import io.pvlock.core.testing.HeapMemory.Source;
import io.pvlock.core.testing.Kind;
import org.junit.jupiter.api.Nested;

class TasLockContractTest {

    @Nested
    class OnHeap extends LockContract {
        OnHeap() {
            super(Kind.TAS, Source.HEAP);
        }
    }

    @Nested
    class Direct extends LockContract {
        Direct() {
            super(Kind.TAS, Source.DIRECT);
        }
    }
}
