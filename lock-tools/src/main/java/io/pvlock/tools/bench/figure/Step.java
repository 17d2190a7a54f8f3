package io.pvlock.tools.bench.figure;

/**
 * What is measured without a break, once in each repetition.
 *
 * @param title for who watches
 */
record Step(String title, Body body) {

    /** Adds what it has measured to the figures. */
    interface Body {
        void measure(Figures figures) throws Exception;
    }
}
