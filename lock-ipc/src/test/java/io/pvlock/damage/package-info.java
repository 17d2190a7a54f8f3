/** What holds what nobody can have written, or has lost its name: whoever comes across is told. */
package io.pvlock.damage;
