package io.pvlock.internal.layout;

import io.pvlock.core.HashDescriptor;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.VcpuSlotDescriptor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One number for all constants that two programs must agree on to share a region: every public numeric constant of
 * every descriptor. By reflection, so that none can be forgotten; but not when a program starts, where that would be a good part of
 * the time to its first lock. So the number stands here, and {@code GoldenLayoutTest} says when it is another.
 */
final class LayoutHash {

    private static final List<Class<?>> DESCRIPTORS = List.of(
            HeaderDescriptor.class,
            HintCheck.class,
            ProcessDescriptor.class,
            VcpuSlotDescriptor.class,
            NodeDescriptor.class,
            HashDescriptor.class,
            DirectoryDescriptor.class,
            NameDescriptor.class,
            EntryDescriptor.class,
            ExtentDescriptor.class,
            ConditionDescriptor.class,
            LockArrayDescriptor.class,
            CounterDescriptor.class,
            LocalCounterDescriptor.class,
            LocalDataDescriptor.class,
            ReadWriteLockDescriptor.class,
            SemaphoreDescriptor.class,
            SequenceDescriptor.class,
            EventDescriptor.class,
            StatisticsDescriptor.class,
            LockCell.class,
            LockWord.class);

    private static final long FNV_OFFSET_BASIS = 0xcbf2_9ce4_8422_2325L;
    private static final long FNV_PRIME = 0x0000_0100_0000_01b3L;

    static final long VALUE = 0xe360fb45a5b11eb4L;

    private LayoutHash() {}

    /** What {@link #VALUE} must be. */
    static long computed() {
        return fnv1a(constants().toString());
    }

    /** Value by {@code Descriptor.NAME}, sorted: the order of reflection is not specified. */
    static SortedMap<String, Long> constants() {
        SortedMap<String, Long> constants = new TreeMap<>();
        for (Class<?> descriptor : DESCRIPTORS) {
            for (Field field : descriptor.getDeclaredFields()) {
                int modifiers = field.getModifiers();
                if (Modifier.isPublic(modifiers) && Modifier.isStatic(modifiers) && Modifier.isFinal(modifiers)) {
                    constants.put(descriptor.getSimpleName() + "." + field.getName(), value(field));
                }
            }
        }
        return constants;
    }

    private static long value(Field field) {
        try {
            return field.getLong(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(field + " is public", e);
        }
    }

    private static long fnv1a(String text) {
        long hash = FNV_OFFSET_BASIS;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * FNV_PRIME;
        }
        return hash;
    }
}
