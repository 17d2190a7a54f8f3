package io.pvlock;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** How values of one type are kept in a {@link TypedRecord}: the same in all processes, at all times. */
public interface RecordCodec<T> {

    /** Bytes of every value. */
    int bytes();

    /** Writes {@code value} to the beginning of {@code to}, which holds the value before. */
    void encode(T value, MutableDirectBuffer to);

    /** Reads a value from the beginning of {@code from}, all zero if none was ever written. It must not keep the buffer. */
    T decode(DirectBuffer from);
}
