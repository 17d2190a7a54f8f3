package io.pvlock.linux;

import java.nio.file.Path;

/** Loads libpvlock-jvm, whose functions {@link Libpvlock} and {@link JniCalls} name. */
final class JniLibrary {

    /** Empty if it is loaded. Found once. */
    private static final String PROBLEM = load(System.getProperty(Libpvlock.PROPERTY));

    private JniLibrary() {}

    /** Why it cannot be loaded here, for people; empty if it is. */
    static String problem() {
        return PROBLEM;
    }

    private static String load(String given) {
        try {
            Arch arch = Arch.current();
            Module own = JniLibrary.class.getModule();
            JdkAccess.enableNativeAccess(own);
            if (!JdkAccess.loadsQuietly(own)) {
                return "native access is not granted to " + JdkAccess.nameInFlags(own)
                        + ", so Java would warn; pass --enable-native-access=" + JdkAccess.nameInFlags(own);
            }
            if (given != null) {
                System.load(Path.of(given).toAbsolutePath().toString());
            } else {
                UnpackedLibrary.load("linux-" + arch.javaName + "/libpvlock-jvm.so");
            }
            return "";
        } catch (LinkageError | RuntimeException e) {
            Throwable root = Backend.rootOf(e);
            return root.getMessage() == null ? root.toString() : root.getMessage();
        }
    }
}
