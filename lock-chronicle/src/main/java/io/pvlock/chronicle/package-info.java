/**
 * Regions mapped by Chronicle Bytes. It is enough to name this artifact as a dependency, and to pass the flags of {@code
 * chronicle.flags}: nobody calls it but {@link java.util.ServiceLoader}. Entry type: {@link io.pvlock.chronicle.ChronicleMapper}.
 */
package io.pvlock.chronicle;
