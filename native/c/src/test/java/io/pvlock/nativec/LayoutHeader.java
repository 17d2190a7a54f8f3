package io.pvlock.nativec;

import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.ObjectType;
import io.pvlock.RegionEvent;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockEvent;
import io.pvlock.core.Outcome;
import io.pvlock.core.WaitPolicy;
import io.pvlock.internal.layout.ProcessDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.SlotState;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes {@code pvlock_layout.h}: all numbers that a program in C shares with one in Java, taken from the classes that Java itself
 * goes by. Whatever is in the layout hash is in the header: by reflection, so that none can be forgotten.
 *
 * <p>{@code EntryDescriptor.CELL_OFFSET} becomes {@code PVLOCK_ENTRY_CELL_OFFSET}, {@code LockWord.SLOW} becomes {@code
 * PVLOCK_LOCK_WORD_SLOW}.
 */
final class LayoutHeader {

    static final Path FILE = Path.of("src/pvlock_layout.h");

    /** How to write it anew. */
    static final String RENEWAL =
            "./mvnw -pl native/c -am test -Dtest=LayoutHeaderTest -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dpvlock.test.flags=-Dpvlock.layout.update";

    /** A macro's value. */
    private sealed interface Value {
        /** An unsigned word of 4 or 8 bytes, or a small number that both are. */
        record Number(long value, boolean wide) implements Value {}

        record Text(String value) implements Value {}
    }

    private final Map<String, Value> macros = new LinkedHashMap<>();
    private final StringBuilder text = new StringBuilder();

    private LayoutHeader() {}

    /** The whole header. */
    static String generate() {
        LayoutHeader header = new LayoutHeader();
        header.write();
        return header.text.toString();
    }

    /** The numbers among its macros, as a C program prints them: unsigned, 8 bytes wide. */
    static Map<String, Long> numbers() {
        LayoutHeader header = new LayoutHeader();
        header.write();
        Map<String, Long> numbers = new LinkedHashMap<>();
        header.macros.forEach((name, value) -> {
            if (value instanceof Value.Number number) {
                numbers.put(name, number.wide() ? number.value() : number.value() & 0xffff_ffffL);
            }
        });
        return numbers;
    }

    /** Writes the file. */
    static void update() throws IOException {
        Files.writeString(FILE, generate());
    }

    private void write() {
        line("/*");
        line(" * The layout of a region file, and the numbers in it. Generated from the descriptors in Java by LayoutHeader: do not edit.");
        line(" * Renewed by:");
        line(" *   " + RENEWAL);
        line(" */");
        line("#ifndef PVLOCK_LAYOUT_H");
        line("#define PVLOCK_LAYOUT_H");
        line("");
        line("#include <stdint.h>");
        heading("Of everything that is in the hash; a region of another one is not for this program.");
        define("PVLOCK_LAYOUT_HASH", RegionLayout.layoutHash(), true);
        for (Class<?> descriptor : descriptors()) {
            heading(descriptor.getName());
            constants(descriptor, prefix(descriptor));
        }
        region();
        heading(SlotState.class.getName() + ": status, and where the fields of the state word are");
        constants(SlotState.class, "PVLOCK_SLOT");
        word("PVLOCK_SLOT", List.of("STATUS", "PROCESS", "GENERATION", "PROCESS_GENERATION"), new int[] {0, 16, 32, 48});
        heading(ProcessDescriptor.class.getName() + ": the state word");
        word("PVLOCK_PROCESS", List.of("STATUS", "GENERATION"), new int[] {0, 8});
        heading("io.pvlock.internal.layout.DirectoryDescriptor: the state word");
        word("PVLOCK_DIRECTORY", List.of("STATUS", "PROCESS", "GENERATION", "ENTRY"), new int[] {0, 8, 24, 40});
        codes();
        waiting();
        ordinals(KillPoint.values(), "PVLOCK_KILL_POINT", "Where a test can stop a participant, by number.");
        list("PVLOCK_KILL_POINT_LIST", names(KillPoint.values()), "All of them by name, for X(NAME).");
        everything();
        line("");
        line("#endif");
    }

    // ---- parts

    private static List<Class<?>> descriptors() {
        try {
            Class<?> hash = Class.forName("io.pvlock.internal.layout.LayoutHash");
            Field descriptors = hash.getDeclaredField("DESCRIPTORS");
            descriptors.setAccessible(true);
            List<Class<?>> classes = new ArrayList<>();
            for (Object descriptor : (List<?>) descriptors.get(null)) {
                classes.add((Class<?>) descriptor);
            }
            return classes;
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private void region() {
        heading(RegionLayout.class.getName() + ": sections in the order of the file");
        constants(RegionLayout.class, "PVLOCK_REGION");
        String[] sections = {"PROCESSES", "VCPUS", "HASH", "DIRECTORY", "NAMES", "ENTRIES", "EVENTS", "OBJECTS", "DATA"};
        for (int i = 0; i < sections.length; i++) {
            define("PVLOCK_SECTION_" + sections[i], i, false);
        }
        heading("Byte locks: of process i at i, then two at these distances behind the last process's, and a creator's.");
        define("PVLOCK_BYTE_GATE_BEHIND", 0, false);
        define("PVLOCK_BYTE_EXCLUSIVE_BEHIND", 1, false);
        define("PVLOCK_BYTE_CREATOR", secret("io.pvlock.internal.file.RegionCreator", "CREATOR_LOCK_OFFSET"), true);
    }

    private void codes() {
        heading("What an entry says: kind, policy, wait mode, type.");
        for (LockKind kind : LockKind.values()) {
            define("PVLOCK_KIND_" + kind, kind.code(), false);
        }
        for (LockOptions.Policy policy : LockOptions.Policy.values()) {
            define("PVLOCK_POLICY_" + policy, policy.code(), false);
        }
        for (LockOptions.WaitMode mode : LockOptions.WaitMode.values()) {
            define("PVLOCK_WAIT_MODE_" + mode, mode.ordinal(), false);
        }
        for (ObjectType type : ObjectType.values()) {
            define("PVLOCK_TYPE_" + type, type.code(), false);
        }
        heading("Events of a region.");
        for (RegionEvent.Type type : RegionEvent.Type.values()) {
            define("PVLOCK_EVENT_TYPE_" + type, type.code(), false);
        }
        ordinals(LockEvent.values(), "PVLOCK_COUNT", "Counters of a slot, by index.");
        ordinals(Outcome.values(), "PVLOCK_OUTCOME", "How an attempt ends, for the tests that run one language on the other.");
    }

    private void waiting() {
        heading("The park word.");
        for (String name : List.of("EMPTY", "PERMIT", "PARKED")) {
            define("PVLOCK_PARK_" + name, secret("io.pvlock.internal.slot.FutexParker", name), false);
        }
        heading("How long and how often one waits: all who use a lock agree on these.");
        String use = "io.pvlock.internal.lock.LockUse";
        define("PVLOCK_SPIN_NS", secret(use, "SPIN_NS"), false);
        define("PVLOCK_NUMA_THRESHOLD_NS", secret(use, "NUMA_THRESHOLD_NS"), false);
        define("PVLOCK_HYBRID_OVERTAKES", secret(use, "HYBRID_OVERTAKES"), false);
        define("PVLOCK_HYBRID_STRIDE_SHIFT", secret(use, "HYBRID_STRIDE_SHIFT"), false);
        define("PVLOCK_HYBRID_OVERTAKE_NS", secret(use, "HYBRID_OVERTAKE_NS"), false);
        define("PVLOCK_THROUGHPUT_OVERTAKE_NS", secret(use, "THROUGHPUT_OVERTAKE_NS"), false);
        define("PVLOCK_UNLIMITED_OVERTAKES", WaitPolicy.UNLIMITED, false);
        define("PVLOCK_STALL_NS", secret("io.pvlock.core.Participant", "STALL_NS"), false);
        define("PVLOCK_MAX_SLEEP_NS", secret("io.pvlock.internal.slot.FutexParker", "MAX_SLEEP_NS"), false);
        define("PVLOCK_THIEF_SPIN_NS", secret("io.pvlock.core.PvSteal", "THIEF_SPIN_NS"), false);
        define("PVLOCK_THIEF_YIELD_NS", secret("io.pvlock.core.PvSteal", "THIEF_YIELD_NS"), false);
        define("PVLOCK_HEAD_NAP_NS", secret("io.pvlock.core.PvHead", "NAP_NS"), false);
        define("PVLOCK_HEARTBEAT_STALE_NS", secret("io.pvlock.core.PvQueue", "HEARTBEAT_STALE_NS"), false);
        define("PVLOCK_NO_NODE_SLICE_NS", secret("io.pvlock.core.PvQSpinLock", "NO_NODE_SLICE_NS"), false);
    }

    private void everything() {
        List<String> numbers = macros.entrySet().stream()
                .filter(macro -> macro.getValue() instanceof Value.Number)
                .map(Map.Entry::getKey)
                .toList();
        list("PVLOCK_LAYOUT_LIST", numbers, "Every number above by name, for X(NAME): a test prints them.");
    }

    // ---- text

    private void constants(Class<?> owner, String prefix) {
        record Constant(String name, long value, boolean wide) {}
        List<Constant> constants = new ArrayList<>();
        for (Field field : owner.getDeclaredFields()) {
            int modifiers = field.getModifiers();
            boolean numeric = field.getType() == int.class || field.getType() == long.class;
            if (Modifier.isPublic(modifiers) && Modifier.isStatic(modifiers) && numeric) {
                constants.add(new Constant(field.getName(), value(field), field.getType() == long.class));
            }
        }
        // The order of reflection is not specified: offsets first, then the rest, each by value.
        constants.sort(Comparator.comparing((Constant constant) -> !constant.name().endsWith("_OFFSET"))
                .thenComparing(constant -> constant.value() & 0xffff_ffffL)
                .thenComparing(Constant::name));
        for (Constant constant : constants) {
            define(prefix + "_" + constant.name(), constant.value(), constant.wide());
        }
    }

    private void word(String prefix, List<String> fields, int[] shifts) {
        for (int i = 0; i < shifts.length; i++) {
            define(prefix + "_" + fields.get(i) + "_SHIFT", shifts[i], false);
        }
    }

    private void ordinals(Enum<?>[] values, String prefix, String comment) {
        heading(comment);
        for (Enum<?> value : values) {
            define(prefix + "_" + value.name(), value.ordinal(), false);
        }
        define(prefix + "_END", values.length, false);
    }

    private static List<String> names(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).toList();
    }

    private void list(String name, List<String> members, String comment) {
        heading(comment);
        line("#define " + name + "(X) \\");
        for (int i = 0; i < members.size(); i++) {
            line("    X(" + members.get(i) + ")" + (i + 1 < members.size() ? " \\" : ""));
        }
    }

    private void define(String name, long value, boolean wide) {
        if (macros.put(name, new Value.Number(value, wide)) != null) {
            throw new AssertionError(name + " is there twice");
        }
        line("#define " + name + " " + literal(value, wide));
    }

    private static String literal(long value, boolean wide) {
        if (value >= 0 && value < 1 << 16) {
            return Long.toString(value);
        }
        if (!wide && value == (int) value) {
            return value >= 0 ? Long.toString(value) : String.format("UINT32_C(0x%08x)", (int) value);
        }
        return String.format("UINT64_C(0x%016x)", value);
    }

    private void heading(String comment) {
        line("");
        line("/* " + comment + " */");
    }

    private void line(String line) {
        text.append(line).append('\n');
    }

    private static String prefix(Class<?> descriptor) {
        String name = descriptor.getSimpleName().replaceFirst("Descriptor$", "");
        return "PVLOCK_" + name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
    }

    // ---- what Java keeps to itself

    private static long secret(String className, String field) {
        try {
            Field secret = Class.forName(className).getDeclaredField(field);
            secret.setAccessible(true);
            return value(secret);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(className + "." + field + " is in the header and not in Java", e);
        }
    }

    private static long value(Field field) {
        try {
            return field.getLong(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    /** Writes the header to the file named. */
    public static void main(String[] args) throws IOException {
        Files.writeString(Path.of(args[0]), generate());
    }
}
