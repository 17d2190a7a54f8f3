package io.pvlock.linux;

/** What {@link Backend} asks of the part that is compiled for Java 22: {@code ForeignBackend}, in {@code META-INF/versions/22}. */
abstract class ForeignProvider {

    /** Whether the JVM lets the module call native code without a word. */
    abstract boolean isGranted(Module user);

    /** @throws IllegalCallerException if native access is denied */
    abstract NativeCalls calls();
}
