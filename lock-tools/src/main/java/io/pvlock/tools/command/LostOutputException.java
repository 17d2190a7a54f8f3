package io.pvlock.tools.command;

/** What a command prints does not arrive any more: its reader is gone, or the disk is full. There is nothing left to do. */
public final class LostOutputException extends RuntimeException {

    LostOutputException() {
        super("standard output cannot be written");
    }
}
