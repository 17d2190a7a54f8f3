/** What every kind of lock and every object owes its users: exclusion, arguments that are refused, interrupts, time-outs. */
package io.pvlock.contract;
