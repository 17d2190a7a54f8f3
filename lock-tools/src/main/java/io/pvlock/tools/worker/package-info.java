/**
 * Real child processes: JVMs like this one, started, watched and reaped by a command, and what the demonstration's children
 * do. For the commands; entry types: {@link io.pvlock.tools.worker.Children}, {@link io.pvlock.tools.worker.DemoWorker}.
 */
package io.pvlock.tools.worker;
