package io.pvlock.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/**
 * The way to what is compiled with the classes of Java 22: {@code ForeignBackend}, in {@code src/main/java22}. Only a JVM that has them may
 * load it.
 */
abstract class ForeignProvider {

    static final int FIRST_JAVA = 22;

    /** @throws ReflectiveOperationException if this was built where there was no such JDK */
    static ForeignProvider load() throws ReflectiveOperationException {
        return Class.forName(ForeignProvider.class.getPackageName() + ".ForeignBackend")
                .asSubclass(ForeignProvider.class)
                .getDeclaredConstructor()
                .newInstance();
    }

    /** Whether the JVM lets the module call native code without a word. */
    abstract boolean isGranted(Module user);

    /** @throws IllegalCallerException if native access is denied */
    abstract NativeCalls calls();

    /** See {@link MappedFile#map}. */
    abstract ByteBuffer map(FileChannel channel, MapMode mode, int length) throws IOException;
}
