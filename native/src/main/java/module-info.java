/** The calls of Linux that a lock across processes needs. Internal: only the other modules of pvlock may call it. */
// JNA has a name for the module system, but no descriptor. Those that may call are built after this module.
@SuppressWarnings({"requires-automatic", "module"})
module io.pvlock.linux {
    requires com.sun.jna;
    // Where the JDK is opened from.
    requires jdk.unsupported;

    exports io.pvlock.linux to
            io.pvlock,
            io.pvlock.chronicle,
            io.pvlock.tools;
}
