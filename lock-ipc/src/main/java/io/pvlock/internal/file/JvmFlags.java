package io.pvlock.internal.file;

import io.pvlock.RegionException;
import io.pvlock.linux.JdkAccess;
import java.security.CodeSource;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Whether this JVM allows what the libraries below need. It only asks the module system and so starts none of them: Agrona's own
 * failure is an {@link IllegalAccessError} in a class initialiser, which leaves the class unusable and names no flag. What Agrona
 * needs is given to it here, unless that is forbidden: see {@link JdkAccess}.
 */
public final class JvmFlags {

    /** The first whose buffers have release and opaque accesses. */
    private static final String OLDEST_AGRONA = "2.1.0";

    private static final String AGRONAS_PACKAGE = "jdk.internal.misc";

    private JvmFlags() {}

    /**
     * Makes ready what every use of a region needs; to be called before any class of Agrona is initialised.
     *
     * @throws RegionException UNAVAILABLE, naming the missing flag and the ways to pass it, or the Agrona that is too old
     */
    public static void ensureAgrona() {
        requireNewAgrona();
        // A class literal does not initialise the class.
        Module agrona = UnsafeBuffer.class.getModule();
        String problem = JdkAccess.isExported(AGRONAS_PACKAGE, agrona) ? "" : JdkAccess.export(AGRONAS_PACKAGE, agrona);
        if (!problem.isEmpty()) {
            throw new RegionException(
                    RegionException.Category.UNAVAILABLE,
                    "this JVM was started without --add-exports=java.base/" + AGRONAS_PACKAGE + "="
                            + JdkAccess.nameInFlags(agrona)
                            + ", which Agrona needs for atomic access to the region, and " + problem + "; "
                            + JdkAccess.HOW_TO_PASS
                            + "; or put 'Add-Exports: java.base/" + AGRONAS_PACKAGE
                            + "' into the manifest of the jar that java -jar starts");
        }
    }

    /** Another library may have brought an older one: without this the first access would be a NoSuchMethodError. */
    private static void requireNewAgrona() {
        try {
            UnsafeBuffer.class.getMethod("putLongRelease", int.class, long.class);
        } catch (NoSuchMethodException e) {
            String version = UnsafeBuffer.class.getPackage().getImplementationVersion();
            CodeSource source = UnsafeBuffer.class.getProtectionDomain().getCodeSource();
            throw new RegionException(
                    RegionException.Category.UNAVAILABLE,
                    "Agrona " + (version == null ? "" : version + " ")
                            + (source == null ? "" : "(" + source.getLocation() + ") ") + "is older than "
                            + OLDEST_AGRONA + "; put org.agrona:agrona:" + OLDEST_AGRONA
                            + " or later on the class path, and no older one",
                    e);
        }
    }
}
