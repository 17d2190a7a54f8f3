package io.pvlock.linux;

/**
 * Chooses the way into kernel and C library: {@code java.lang.foreign} on Java 22 and later, since it needs no library of its own and
 * its calls take half the time; JNA where that cannot be. {@code -Dpvlock.linux=jna}, {@code foreign} or {@code jni} takes one or fails.
 * The last is for programs whose start counts: it unpacks a library, as JNA does, and links nothing.
 */
final class Backend {

    /** System property: {@code jna}, {@code foreign} or {@code jni}. */
    static final String PROPERTY = "pvlock.linux";

    private static final String FOREIGN = "foreign";
    private static final String JNA = "jna";
    private static final String JNI = "jni";
    private static final int JAVA = Runtime.version().feature();
    private static final String JNA_MODULE = "com.sun.jna";

    /**
     * @param name for people
     * @param why for people: who wanted it, or why it is not the other
     */
    record Choice(NativeCalls calls, String name, String why) {}

    private static Choice chosen;

    private Backend() {}

    /** @throws LinuxUnsupportedException if no way is open, or the one that was asked for is not; every time anew */
    static synchronized Choice chosen() {
        if (chosen == null) {
            chosen = choose(System.getProperty(PROPERTY));
        }
        return chosen;
    }

    private static Choice choose(String wanted) {
        if (wanted == null) {
            return JAVA < ForeignProvider.FIRST_JAVA
                    ? jna("Java " + JAVA + " has no java.lang.foreign")
                    : foreignOrJna();
        }
        String why = "-D" + PROPERTY + "=" + wanted;
        return switch (wanted) {
            case FOREIGN -> foreign(true, why);
            case JNA -> jna(why);
            case JNI -> jni(why);
            default ->
                throw new LinuxUnsupportedException(why + " is not known: write " + FOREIGN + ", " + JNA + " or " + JNI
                        + ", or leave it out to have the better one that works");
        };
    }

    private static Choice foreignOrJna() {
        LinuxUnsupportedException problem;
        try {
            return foreign(false, "Java " + JAVA + " has it");
        } catch (LinuxUnsupportedException e) {
            problem = e;
        }
        try {
            return jna(problem.getMessage());
        } catch (LinuxUnsupportedException e) {
            // Who denies native access denies it to both: that is said once.
            boolean denied =
                    rootOf(problem) instanceof IllegalCallerException && rootOf(e) instanceof IllegalCallerException;
            throw denied ? problem : new LinuxUnsupportedException(problem.getMessage() + "; and " + e.getMessage(), e);
        }
    }

    private static Choice foreign(boolean forced, String why) {
        if (JAVA < ForeignProvider.FIRST_JAVA) {
            throw new LinuxUnsupportedException("java.lang.foreign needs Java " + ForeignProvider.FIRST_JAVA
                    + " or later, this is " + JAVA + "; leave out " + why);
        }
        Module own = Backend.class.getModule();
        try {
            ForeignProvider provider = ForeignProvider.load();
            if (!provider.isGranted(own)) {
                JdkAccess.grantNativeAccess(own);
                if (!forced && !provider.isGranted(own) && isGrantedToJna(provider)) {
                    throw new LinuxUnsupportedException(
                            "native access is granted to " + JNA_MODULE + " and not to " + own.getName());
                }
            }
            return new Choice(provider.calls(), "java.lang.foreign", why);
        } catch (ReflectiveOperationException e) {
            throw new LinuxUnsupportedException(
                    "this pvlock-linux has nothing for java.lang.foreign: it was built without a JDK "
                            + ForeignProvider.FIRST_JAVA + " or later",
                    e);
        } catch (LinkageError | RuntimeException e) {
            throw e instanceof LinuxUnsupportedException known ? known : unusable(own, e);
        }
    }

    private static LinuxUnsupportedException unusable(Module own, Throwable e) {
        Throwable root = rootOf(e);
        return new LinuxUnsupportedException(
                root instanceof IllegalCallerException
                        ? "native access is denied to " + JdkAccess.nameInFlags(own) + "; pass --enable-native-access="
                                + JdkAccess.nameInFlags(own) + ": " + JdkAccess.HOW_TO_PASS
                        : CLibrary.problem(CLibrary.isMusl(), root),
                e);
    }

    /** As a module of its own; on the class path it has what all there have. */
    private static boolean isGrantedToJna(ForeignProvider provider) {
        ModuleLayer layer = Backend.class.getModule().getLayer();
        return layer != null
                && layer.findModule(JNA_MODULE).filter(provider::isGranted).isPresent();
    }

    private static Choice jna(String why) {
        try {
            return new Choice(JnaLoading.load(), "JNA", why);
        } catch (LinkageError | RuntimeException e) {
            throw new LinuxUnsupportedException(CLibrary.jnaProblem(CLibrary.isMusl(), rootOf(e)), e);
        }
    }

    private static Choice jni(String why) {
        String problem = JniLibrary.problem();
        if (!problem.isEmpty()) {
            throw new LinuxUnsupportedException(why + " is not possible: " + problem);
        }
        return new Choice(new JniCalls(), "JNI", why);
    }

    static Throwable rootOf(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
