package io.pvlock.linux;

import static java.lang.invoke.MethodType.methodType;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.util.Base64;

/**
 * Finds the look-up object with which the JDK's own classes reach each other, past the module system, and without a line of
 * native code.
 *
 * <p>What it relies on: module {@code jdk.unsupported} opens its package {@code sun.misc} to everybody, so that a class may be
 * defined there; {@code java.base} exports {@code jdk.internal.misc.Unsafe} to that module; {@code Lookup} keeps the object in
 * the static field {@code IMPL_LOOKUP}. Where one of these is not so, a method throws, and nothing has changed.
 */
final class TrustedLookup {

    /** In {@code sun.misc}; one for all class loaders of this JVM, each of which finds it or defines it. */
    static final String FOOTHOLD = "sun.misc.PvlockFoothold";

    /**
     * Its class file, as javac makes it of {@code src/test/resources/sun/misc/PvlockFoothold.java}, which says what it does. A test makes it
     * again and compares. It stands here because no program may be compiled against that Unsafe for Java 17; and as text, because
     * to read a file out of a jar costs a start-up some 70 classes more.
     */
    static final String FOOTHOLD_CLASS_FILE =
            "yv66vgAAAD0AOwoAAgADBwAEDAAFAAYBABBqYXZhL2xhbmcvT2JqZWN0AQAGPGluaXQ+AQADKClWBwAIAQAlamF2YS9sYW5nL2lu"
                    + "dm9rZS9NZXRob2RIYW5kbGVzJExvb2t1cAgACgEAC0lNUExfTE9PS1VQCgAMAA0HAA4MAA8AEAEAD2phdmEvbGFuZy9DbGFzcwEA"
                    + "EGdldERlY2xhcmVkRmllbGQBAC0oTGphdmEvbGFuZy9TdHJpbmc7KUxqYXZhL2xhbmcvcmVmbGVjdC9GaWVsZDsKABIAEwcAFAwA"
                    + "FQAWAQAXamF2YS9sYW5nL3JlZmxlY3QvRmllbGQBAAdnZXRUeXBlAQATKClMamF2YS9sYW5nL0NsYXNzOwcAGAEAHmphdmEvbGFu"
                    + "Zy9Ob1N1Y2hGaWVsZEV4Y2VwdGlvbggAGgEAHklNUExfTE9PS1VQIGlzIG9mIGFub3RoZXIgdHlwZQoAFwAcDAAFAB0BABUoTGph"
                    + "dmEvbGFuZy9TdHJpbmc7KVYKAB8AIAcAIQwAIgAjAQAYamRrL2ludGVybmFsL21pc2MvVW5zYWZlAQAJZ2V0VW5zYWZlAQAcKClM"
                    + "amRrL2ludGVybmFsL21pc2MvVW5zYWZlOwoAHwAlDAAmACcBAA9zdGF0aWNGaWVsZEJhc2UBAC0oTGphdmEvbGFuZy9yZWZsZWN0"
                    + "L0ZpZWxkOylMamF2YS9sYW5nL09iamVjdDsKAB8AKQwAKgArAQARc3RhdGljRmllbGRPZmZzZXQBABwoTGphdmEvbGFuZy9yZWZs"
                    + "ZWN0L0ZpZWxkOylKCgAfAC0MAC4ALwEADGdldFJlZmVyZW5jZQEAJyhMamF2YS9sYW5nL09iamVjdDtKKUxqYXZhL2xhbmcvT2Jq"
                    + "ZWN0OwcAMQEAF3N1bi9taXNjL1B2bG9ja0Zvb3Rob2xkAQAEQ29kZQEAB3RydXN0ZWQBACkoKUxqYXZhL2xhbmcvaW52b2tlL01l"
                    + "dGhvZEhhbmRsZXMkTG9va3VwOwEADVN0YWNrTWFwVGFibGUBAApFeGNlcHRpb25zAQAMSW5uZXJDbGFzc2VzBwA5AQAeamF2YS9s"
                    + "YW5nL2ludm9rZS9NZXRob2RIYW5kbGVzAQAGTG9va3VwADAAMAACAAAAAAACAAIABQAGAAEAMgAAABEAAQABAAAABSq3AAGxAAAA"
                    + "AAAIADMANAACADIAAABLAAQAAgAAADESBxIJtgALSyq2ABESB6UADbsAF1kSGbcAG7+4AB5MKysqtgAkKyq2ACi2ACzAAAewAAAA"
                    + "AQA1AAAACAAB/AAbBwASADYAAAAEAAEAFwABADcAAAAKAAEABwA4ADoAGQ==";

    private TrustedLookup() {}

    /** @throws Throwable saying which step has failed */
    static Lookup find() throws Throwable {
        Class<?> neighbour = Class.forName("sun.misc.Signal", false, null);
        TrustedLookup.class.getModule().addReads(neighbour.getModule());
        Lookup visitor = MethodHandles.privateLookupIn(neighbour, MethodHandles.lookup());
        return (Lookup) visitor.findStatic(foothold(visitor), "trusted", methodType(Lookup.class))
                .invokeExact();
    }

    private static Class<?> foothold(Lookup visitor) throws Exception {
        try {
            return Class.forName(FOOTHOLD, false, null);
        } catch (ClassNotFoundException e) {
            try {
                return visitor.defineClass(Base64.getDecoder().decode(FOOTHOLD_CLASS_FILE));
            } catch (LinkageError raced) {
                return Class.forName(FOOTHOLD, false, null); // another class loader was quicker
            }
        }
    }
}
