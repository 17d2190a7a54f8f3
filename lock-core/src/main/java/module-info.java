/** The lock algorithms, on memory and nothing else. Internal, but for {@link io.pvlock.core.LockKind}. */
// Agrona has a name for the module system, but no descriptor.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.pvlock.core {
    requires transitive org.agrona;

    exports io.pvlock.core;
}
