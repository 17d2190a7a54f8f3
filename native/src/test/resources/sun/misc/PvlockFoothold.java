package sun.misc;

import java.lang.invoke.MethodHandles.Lookup;
import java.lang.reflect.Field;
import jdk.internal.misc.Unsafe;

/** In this package, whose module may use the JDK's Unsafe: gives away the look-up object of the JDK's own classes. */
final class PvlockFoothold {

    private PvlockFoothold() {}

    static Lookup trusted() throws NoSuchFieldException {
        Field field = Lookup.class.getDeclaredField("IMPL_LOOKUP");
        if (field.getType() != Lookup.class) {
            throw new NoSuchFieldException("IMPL_LOOKUP is of another type");
        }
        Unsafe unsafe = Unsafe.getUnsafe();
        return (Lookup) unsafe.getReference(unsafe.staticFieldBase(field), unsafe.staticFieldOffset(field));
    }
}
