package io.pvlock;

import java.util.List;

/**
 * What a check of a region found.
 *
 * @param othersAlive how many other processes have the region open; while there are any, tables are only looked at, and what looks
 *     odd may be work in progress
 * @param findings what is not as it should be, worst first
 * @param repaired whether everything that could be repaired was
 */
public record RegionReport(int othersAlive, List<Finding> findings, boolean repaired) {

    public RegionReport {
        findings = List.copyOf(findings);
    }

    /** Whether nothing was found that needs anybody's attention. */
    public boolean isSound() {
        return findings.stream().noneMatch(finding -> finding.severity() != Severity.NOTE);
    }

    /** How bad a finding is. */
    public enum Severity {
        /** The table holds what no program can have written: damage from outside. Repaired only while nobody else is attached. */
        DAMAGE,
        /** A death left it behind, and it needs somebody's attention: data to be repaired by its users. */
        ATTENTION,
        /** A death left it behind, and the next user cleans it up. */
        NOTE
    }

    /**
     * @param where the record concerned, such as {@code lock orders/EURUSD} or {@code vcpu 7}
     * @param what what is wrong with it, and what follows from that
     */
    public record Finding(Severity severity, String where, String what) {}
}
