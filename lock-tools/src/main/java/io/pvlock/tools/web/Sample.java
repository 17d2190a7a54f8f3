package io.pvlock.tools.web;

/**
 * What is sent to every page alike.
 *
 * @param number from 1
 * @param json one line
 */
record Sample(long number, String json) {}
