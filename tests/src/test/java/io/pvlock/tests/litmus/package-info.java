/**
 * The labelled pairs of docs/ordering.md as litmus tests: every order in which a weakly ordered machine may carry out a few accesses of
 * a few threads is tried.
 */
package io.pvlock.tests.litmus;
