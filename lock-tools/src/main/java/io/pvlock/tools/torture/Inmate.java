package io.pvlock.tools.torture;

/**
 * Who is inside a critical section: as one long, never 0.
 *
 * @param serial number of the process, from 1; never used again
 * @param thread of that process, from 0
 */
record Inmate(int serial, int thread) {

    static Inmate of(long code) {
        return new Inmate((int) (code >>> Short.SIZE), (int) (code & 0xffff));
    }

    long code() {
        return (long) serial << Short.SIZE | thread;
    }

    @Override
    public String toString() {
        return "process #" + serial + " thread " + thread;
    }
}
