package io.pvlock.tools.scorecard;

/** What happens to a user of a lock. */
public enum Kill {
    OWNER("owner", "its owner is killed between two writes; three others wait"),
    AT_RANDOM("at random", "four lock and unlock all the time; one of them is killed at any instruction"),
    THREAD("its thread", "the thread that owns it ends, its process lives on; three others come"),
    FIRST_WAITER("1st waiter", "of three that wait the first is killed, then the owner unlocks"),
    SECOND_WAITER("2nd waiter", "of three that wait the second is killed, then the owner unlocks"),
    STOPPED("stopped", "its owner is stopped for 0.3 s, goes on, and unlocks; three others wait"),
    PID_AGAIN("pid again", "its owner is killed, and its pid belongs to another process when three others come");

    private final String title;
    private final String description;

    Kill(String title, String description) {
        this.title = title;
        this.description = description;
    }

    /** Over its column. */
    public String title() {
        return title;
    }

    public String description() {
        return description;
    }
}
