/** Maps regions by Chronicle Bytes: found by pvlock where it is named as a dependency. */
// Chronicle Bytes has a name for the module system, but no descriptor.
@SuppressWarnings({"requires-automatic", "module"})
module io.pvlock.chronicle {
    requires io.pvlock.linux;
    requires chronicle.bytes;

    provides io.pvlock.linux.FileMapper with
            io.pvlock.chronicle.ChronicleMapper;
}
