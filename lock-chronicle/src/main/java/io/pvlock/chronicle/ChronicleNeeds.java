package io.pvlock.chronicle;

import io.pvlock.linux.JdkAccess;
import java.util.ArrayList;
import java.util.List;

/** Whether Chronicle Bytes is there, and this JVM was started with the flags that it needs. Asks, and starts nothing. */
final class ChronicleNeeds {

    private static final String CHRONICLE_CLASS = "net.openhft.chronicle.bytes.MappedBytes";
    private static final String RETAIN_PROPERTY = "mappedFile.retain";

    private ChronicleNeeds() {}

    /** What stands in the way, and what to do; empty if nothing does. */
    static String problem() {
        Class<?> chronicle;
        try {
            chronicle = Class.forName(CHRONICLE_CLASS, false, ChronicleNeeds.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            return "Chronicle Bytes (" + CHRONICLE_CLASS
                    + ") is not on the class path; add net.openhft:chronicle-bytes";
        }
        Module user = chronicle.getModule();
        List<String> missing = new ArrayList<>();
        for (String opened : List.of("java.lang.reflect", "sun.nio.ch")) {
            if (!Object.class.getModule().isOpen(opened, user)) {
                missing.add("--add-opens=java.base/" + opened + "=" + JdkAccess.nameInFlags(user));
            }
        }
        String exported = "jdk.internal.ref";
        if (!JdkAccess.isExported(exported, user)) {
            missing.add("--add-exports=java.base/" + exported + "=" + JdkAccess.nameInFlags(user));
        }
        if (!Boolean.getBoolean(RETAIN_PROPERTY)) {
            // Without it a released region stays mapped until the JVM ends.
            missing.add("-D" + RETAIN_PROPERTY + "=true");
        }
        return missing.isEmpty()
                ? ""
                : "this JVM was started without " + String.join(" ", missing)
                        + ", which mapping through Chronicle Bytes needs; " + JdkAccess.HOW_TO_PASS;
    }
}
