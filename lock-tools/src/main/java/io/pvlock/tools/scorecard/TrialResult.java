package io.pvlock.tools.scorecard;

import java.util.OptionalLong;

/**
 * What came of one kill.
 *
 * @param afterNs from the kill, or from the unlock or the coming after it, to the next one that had the lock
 * @param told how often who got the lock knew of a death
 * @param untold how often who got it took half-written data for whole
 * @param overlaps how often one was in there beside another
 */
public record TrialResult(Verdict verdict, OptionalLong afterNs, int told, int untold, int overlaps) {}
