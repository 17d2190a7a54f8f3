/** The end of a region for this process, and of an object for all: nobody waits for ever, and nothing is kept. */
package io.pvlock.closing;
