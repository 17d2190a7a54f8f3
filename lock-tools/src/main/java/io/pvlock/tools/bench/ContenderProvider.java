package io.pvlock.tools.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Locks written in Java; found by {@link java.util.ServiceLoader}, in the driver for its names, in the participants for the rest. */
public interface ContenderProvider {

    /** One word; contenders of one family run in the same processes, where their code may see each other's profile. */
    String family();

    /** Their names; the two that {@link Cell#floor} names are there already. */
    List<String> names();

    /** Those that take part only where they are named: not in all. */
    default List<String> namesOnRequest() {
        return List.of();
    }

    /** Contenders that warm up all code of the family when some threads of one process contend; for locks that threads can. */
    default List<String> warmUp() {
        return List.of();
    }

    /** Flags of the JVMs in which they run, beyond those of all. */
    default List<String> jvmFlags() {
        return List.of();
    }

    /** The lock called {@code name}, as the participants at {@code place} share it. The first participant makes it ready for use. */
    Contender open(String name, Place place) throws IOException;

    /**
     * Where a participant is.
     *
     * @param directory for files of all participants, removed at the end
     * @param board what they share anyway
     * @param participant index of this one, from 0
     */
    record Place(Path directory, Board board, int participant) {

        /** Whether this one sets up what must be set up once for each cell. */
        public boolean isFirst() {
            return participant == 0;
        }
    }
}
