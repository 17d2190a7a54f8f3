package io.pvlock.tools.command;

/**
 * One line of the doctor's.
 *
 * @param detail what was found and, unless it is ok, what follows from it or what to do
 */
record Diagnosis(Verdict verdict, String what, String detail) {

    enum Verdict {
        OK("ok"),
        /** Works, but not as well as it could. */
        WARN("warn"),
        /** Does not work. */
        FAIL("FAIL");

        private final String label;

        Verdict(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    static Diagnosis ok(String what, String detail) {
        return new Diagnosis(Verdict.OK, what, detail);
    }

    static Diagnosis fail(String what, String detail) {
        return new Diagnosis(Verdict.FAIL, what, detail);
    }

    static Diagnosis okOrWarn(boolean ok, String what, String good, String bad) {
        return new Diagnosis(ok ? Verdict.OK : Verdict.WARN, what, ok ? good : bad);
    }
}
