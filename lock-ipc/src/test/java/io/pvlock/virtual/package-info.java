/** Virtual threads, with and without a slot. */
package io.pvlock.virtual;
