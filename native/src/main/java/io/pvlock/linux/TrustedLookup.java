package io.pvlock.linux;

import static java.lang.invoke.MethodType.methodType;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.reflect.Field;

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
    private static final String FOOTHOLD = "sun.misc.PvlockFoothold";

    private TrustedLookup() {}

    /** @throws Throwable saying which step has failed */
    static Lookup find() throws Throwable {
        Lookup unsupported = lookupInUnsupported();
        Class<?> unsafeClass = Class.forName("jdk.internal.misc.Unsafe", false, null);
        MethodHandle getUnsafe = unsupported.findStatic(unsafeClass, "getUnsafe", methodType(unsafeClass));
        MethodHandle baseOf =
                unsupported.findVirtual(unsafeClass, "staticFieldBase", methodType(Object.class, Field.class));
        MethodHandle offsetOf =
                unsupported.findVirtual(unsafeClass, "staticFieldOffset", methodType(long.class, Field.class));
        MethodHandle get = unsupported.findVirtual(
                unsafeClass, "getReference", methodType(Object.class, Object.class, long.class));

        Field field = Lookup.class.getDeclaredField("IMPL_LOOKUP");
        if (field.getType() != Lookup.class) {
            throw new NoSuchFieldException("IMPL_LOOKUP is a " + field.getType());
        }
        Object unsafe = getUnsafe.invoke();
        return (Lookup) get.invoke(unsafe, baseOf.invoke(unsafe, field), (long) offsetOf.invoke(unsafe, field));
    }

    /** A look-up object with the rights of a class of module {@code jdk.unsupported}. */
    private static Lookup lookupInUnsupported() throws Throwable {
        Class<?> neighbour = Class.forName("sun.misc.Signal", false, null);
        TrustedLookup.class.getModule().addReads(neighbour.getModule());
        Lookup visitor = MethodHandles.privateLookupIn(neighbour, MethodHandles.lookup());
        return (Lookup) visitor.findStatic(foothold(visitor), "lookup", methodType(Lookup.class))
                .invoke();
    }

    private static Class<?> foothold(Lookup visitor) throws Exception {
        try {
            return Class.forName(FOOTHOLD, false, null);
        } catch (ClassNotFoundException e) {
            try {
                return visitor.defineClass(footholdBytes());
            } catch (LinkageError raced) {
                return Class.forName(FOOTHOLD, false, null); // another class loader was quicker
            }
        }
    }

    private static byte[] footholdBytes() throws IOException {
        try (InputStream in = Foothold.class.getResourceAsStream(Foothold.class.getSimpleName() + ".class")) {
            if (in == null) {
                throw new FileNotFoundException("the class file of " + Foothold.class.getName());
            }
            return ClassNames.rename(
                    in.readAllBytes(), Foothold.class.getName().replace('.', '/'), FOOTHOLD.replace('.', '/'));
        }
    }
}
