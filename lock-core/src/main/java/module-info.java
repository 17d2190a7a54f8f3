/** The lock algorithms, on memory and nothing else. Internal: only the other modules of pvlock may call it. */
// Agrona has a name for the module system, but no descriptor. Those that may call are built after this module.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic", "module"})
module io.pvlock.core {
    requires transitive org.agrona;

    exports io.pvlock.core to
            io.pvlock,
            io.pvlock.tools;
}
