package io.pvlock;

import java.util.function.UnaryOperator;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A {@link SharedRecord} of values of a type: a snapshot of something, such as a quote, that is never torn. Whoever must not allocate
 * reads the record itself into a buffer of its own.
 */
public final class TypedRecord<T> {

    private final SharedRecord record;
    private final RecordCodec<T> codec;

    TypedRecord(SharedRecord record, RecordCodec<T> codec) {
        this.record = record;
        this.codec = codec;
    }

    /** The record that holds the bytes. */
    public SharedRecord record() {
        return record;
    }

    /** The latest value. */
    public T read() {
        UnsafeBuffer copy = new UnsafeBuffer(new byte[record.bytes()]);
        record.read(copy);
        return codec.decode(copy);
    }

    /** Replaces the value; see {@link SharedRecord#write} for errors. What the codec throws is thrown, and nothing is changed. */
    public void write(T value) {
        record.write(buffer -> codec.encode(value, buffer));
    }

    /** Replaces the value by what {@code change} makes of it, with no other write in between. */
    public void update(UnaryOperator<T> change) {
        record.write(buffer -> codec.encode(change.apply(codec.decode(buffer)), buffer));
    }
}
