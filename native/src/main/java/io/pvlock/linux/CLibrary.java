package io.pvlock.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which C library this JVM runs on, and what to say if it is not the one that is needed. */
final class CLibrary {

    private static final String MUSL =
            "this JVM runs on musl (Alpine Linux), whose robust mutexes leave no notice that others"
                    + " can read; use a JDK and an image with glibc, such as Debian's or Ubuntu's";

    private static final String TOO_MANY_FILES = "Too many open files";
    private static final String RAISE_LIMIT = "raise the limit on open files (ulimit -n)";

    private CLibrary() {}

    static boolean isMusl() {
        try {
            return isMusl(Files.readString(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return false;
        }
    }

    /** @param maps a process's mappings: its C library is among them */
    static boolean isMusl(String maps) {
        // On Alpine the loader is the C library, /lib/ld-musl-x86_64.so.1; Debian's musl package has libc.so there.
        return maps.contains("/ld-musl-") || maps.contains("-linux-musl/libc.so");
    }

    /** Why JNA did not load its native library. */
    static String jnaProblem(boolean musl, Throwable cause) {
        if (musl) {
            return MUSL;
        }
        String reason = String.valueOf(cause);
        if (cause instanceof ClassNotFoundException) {
            return "JNA (net.java.dev.jna:jna) is neither on the class path nor on the module path: " + reason
                    + "; add it";
        }
        String remedy = reason.contains(TOO_MANY_FILES)
                ? RAISE_LIMIT
                : "pass --enable-native-access=ALL-UNNAMED if native access is denied (JDK 24 and later); if no directory for"
                        + " temporary files can be written and executed from, make one and pass -Djna.tmpdir=DIR, or unpack"
                        + " libjnidispatch.so from JNA's jar into one and pass -Djna.boot.library.path=DIR";
        return "JNA (net.java.dev.jna:jna) cannot load native code on Java "
                + Runtime.version().feature() + ": " + reason + "; " + remedy;
    }

    /** Why the functions of the C library were not found. */
    static String problem(boolean musl, Throwable cause) {
        if (String.valueOf(cause).contains(TOO_MANY_FILES)) {
            return "cannot load the C library: " + cause + "; " + RAISE_LIMIT;
        }
        return musl
                ? MUSL
                : "needs glibc with its pthread functions, found another or an incomplete C library: " + cause
                        + "; use a JDK and an image with glibc";
    }
}
