package io.pvlock.tools.top;

/** A key, whatever the terminal sends for it. */
enum Key {
    /** A character. */
    TEXT,
    ENTER,
    ESCAPE,
    BACKSPACE,
    UP,
    DOWN,
    LEFT,
    RIGHT,
    PAGE_UP,
    PAGE_DOWN,
    HOME,
    END,
    /** Ctrl-C: the terminal does not make a signal of it. */
    INTERRUPT,
    /** Any other; nothing happens. */
    UNKNOWN
}
