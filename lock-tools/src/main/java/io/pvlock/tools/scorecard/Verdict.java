package io.pvlock.tools.scorecard;

/** How a lock stood it, from good to bad. */
public enum Verdict {
    KEPT("nobody took it from an owner that was stopped, and all went on after that"),
    OK("all others went on, and no data were half-written"),
    TOLD("the next one had it, and knew that the data may be half-written"),
    FREE("the next one had it, and took half-written data for whole"),
    LOST("somebody waits in vain, for ever"),
    TWO("two had it at once");

    private final String description;

    Verdict(String description) {
        this.description = description;
    }

    public String description() {
        return description;
    }

    /** Whether that is what this lock promises. */
    public boolean isGood() {
        return compareTo(TOLD) <= 0;
    }
}
