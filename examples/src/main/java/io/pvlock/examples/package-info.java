/** Small programs, each runnable on its own; what the README shows is taken from here. */
package io.pvlock.examples;
