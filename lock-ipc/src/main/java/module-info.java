/**
 * Locks, and other objects, shared by the threads of all processes that open the same file. Entry type: {@link
 * io.pvlock.LockRegion}.
 */
// Agrona has a name for the module system, but no descriptor. The tools are built after this
// module.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic", "module"})
module io.pvlock {
    // Regions hand out its buffers.
    requires transitive org.agrona;
    requires io.pvlock.core;
    requires io.pvlock.linux;
    // Events of recordings, and a bean for JMX: a runtime may be without them.
    requires static jdk.jfr;
    requires static java.management;

    uses io.pvlock.LocksProvider;
    uses io.pvlock.linux.FileMapper;

    exports io.pvlock;
    exports io.pvlock.internal to
            io.pvlock.tools;
    exports io.pvlock.internal.directory to
            io.pvlock.tools;
    exports io.pvlock.internal.file to
            io.pvlock.tools;
    exports io.pvlock.internal.layout to
            io.pvlock.tools;
    exports io.pvlock.internal.slot to
            io.pvlock.tools;
}
