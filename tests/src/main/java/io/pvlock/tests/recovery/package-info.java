/** How long the survivors wait after a SIGKILL, for this lock and for its rivals. Entry type: {@code RecoveryBench}. */
package io.pvlock.tests.recovery;
