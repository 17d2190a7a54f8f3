package io.pvlock.internal.file;

import io.pvlock.RegionException;
import io.pvlock.linux.JdkAccess;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Whether this JVM allows what the libraries below need. It only asks the module system and so starts none of them: Agrona's own
 * failure is an {@link IllegalAccessError} in a class initialiser, which leaves the class unusable and names no flag. What Agrona
 * needs is given to it here, unless that is forbidden: see {@link JdkAccess}.
 */
public final class JvmFlags {

    private static final String CHRONICLE_CLASS = "net.openhft.chronicle.bytes.MappedBytes";
    private static final String AGRONAS_PACKAGE = "jdk.internal.misc";
    private static final String RETAIN_PROPERTY = "mappedFile.retain";
    private static final String WHERE =
            "put it on the java command line before -jar or the main class, into an argument"
                    + " file (java @FILE ...), or into the environment variable JDK_JAVA_OPTIONS";

    private JvmFlags() {}

    /**
     * Makes ready what every use of a region needs; to be called before any class of Agrona is initialised.
     *
     * @throws RegionException UNAVAILABLE, naming the missing flag and the ways to pass it
     */
    public static void ensureAgrona() {
        // A class literal does not initialise the class.
        Module agrona = UnsafeBuffer.class.getModule();
        String problem = isInBase(AGRONAS_PACKAGE) ? JdkAccess.export(AGRONAS_PACKAGE, agrona) : "";
        if (!problem.isEmpty()) {
            throw new RegionException(
                    RegionException.Category.UNAVAILABLE,
                    "this JVM was started without --add-exports=java.base/" + AGRONAS_PACKAGE + "=" + target(agrona)
                            + ", which Agrona needs for atomic access to the region, and " + problem + "; " + WHERE
                            + "; or put 'Add-Exports: java.base/" + AGRONAS_PACKAGE
                            + "' into the manifest of the jar that java -jar starts");
        }
    }

    /**
     * Checks what mapping through Chronicle Bytes needs.
     *
     * @throws RegionException UNAVAILABLE, naming the missing jar or all missing flags
     */
    static void checkChronicle() {
        String problem = chronicleProblem();
        if (!problem.isEmpty()) {
            throw new RegionException(RegionException.Category.UNAVAILABLE, problem + ", or map with Mapping.PLAIN");
        }
    }

    /** What stands in the way of Chronicle Bytes, and what to do; empty if nothing does. */
    static String chronicleProblem() {
        Class<?> chronicle;
        try {
            chronicle = Class.forName(CHRONICLE_CLASS, false, JvmFlags.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            return "Chronicle Bytes (" + CHRONICLE_CLASS
                    + ") is not on the class path; add net.openhft:chronicle-bytes";
        }
        List<String> missing = new ArrayList<>();
        requireOpen(missing, "java.lang.reflect", chronicle);
        requireOpen(missing, "sun.nio.ch", chronicle);
        requireExport(missing, "jdk.internal.ref", chronicle);
        if (!Boolean.getBoolean(RETAIN_PROPERTY)) {
            // Without it a released region stays mapped until the JVM ends.
            missing.add("-D" + RETAIN_PROPERTY + "=true");
        }
        return missing.isEmpty()
                ? ""
                : "this JVM was started without " + String.join(" ", missing)
                        + ", which mapping through Chronicle Bytes needs; " + WHERE;
    }

    private static void requireExport(List<String> missing, String packageName, Class<?> user) {
        if (isInBase(packageName) && !base().isExported(packageName, user.getModule())) {
            missing.add("--add-exports=java.base/" + packageName + "=" + target(user.getModule()));
        }
    }

    private static void requireOpen(List<String> missing, String packageName, Class<?> user) {
        if (isInBase(packageName) && !base().isOpen(packageName, user.getModule())) {
            missing.add("--add-opens=java.base/" + packageName + "=" + target(user.getModule()));
        }
    }

    /** A package that a later JDK no longer has cannot be asked for. */
    private static boolean isInBase(String packageName) {
        return base().getPackages().contains(packageName);
    }

    private static Module base() {
        return Object.class.getModule();
    }

    private static String target(Module user) {
        return user.isNamed() ? user.getName() : "ALL-UNNAMED";
    }
}
