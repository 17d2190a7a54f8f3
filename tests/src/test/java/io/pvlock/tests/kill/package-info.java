/**
 * Real processes, killed by SIGKILL at every named point of the protocol, in every role, with survivors in all others.
 *
 * <p>{@link io.pvlock.tests.kill.KillWorker} is the process; {@link io.pvlock.tests.kill.KillJvm} and
 * {@link io.pvlock.tests.kill.Actor} are the test's hands in it. One scenario brings one victim to one point; which
 * scenarios there are is said in the classes named {@code ...Scenarios}.
 */
package io.pvlock.tests.kill;
