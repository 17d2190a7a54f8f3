package io.pvlock.nativec;

import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.ObjectType;
import io.pvlock.RegionEvent;
import io.pvlock.core.KillPoint;
import io.pvlock.core.LockEvent;
import io.pvlock.core.Outcome;
import io.pvlock.core.WaitPolicy;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.internal.slot.SlotState;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@code pvlock_layout.h}: all numbers that a program in C shares with one in Java, taken from the classes that Java itself goes by.
 * Whatever is in the layout hash is in the header: by reflection, so that none can be forgotten.
 *
 * <p>{@code EntryDescriptor.CELL_OFFSET} becomes {@code PVLOCK_ENTRY_CELL_OFFSET}, {@code LockWord.SLOW} becomes {@code
 * PVLOCK_LOCK_WORD_SLOW}.
 */
final class LayoutHeader {

    private static final List<String> SECTIONS = List.of(
            "PROCESSES", "VCPUS", "HASH", "DIRECTORY", "NAMES", "ENTRIES", "EVENTS", "STATISTICS", "OBJECTS", "DATA");

    private final HeaderText header =
            new HeaderText("PVLOCK_LAYOUT_H", "The layout of a region file, and the numbers in it.");

    private LayoutHeader() {}

    /** The whole header, but for its end. */
    static HeaderText generate() {
        LayoutHeader layout = new LayoutHeader();
        layout.write();
        return layout.header;
    }

    private void write() {
        header.line("");
        header.line("#include <stdint.h>");
        header.heading("Of everything that is in the hash; a region of another one is not for this program.");
        header.define("PVLOCK_LAYOUT_HASH", RegionLayout.layoutHash());
        for (Class<?> descriptor : descriptors()) {
            header.heading(descriptor.getName());
            header.constants(descriptor, prefix(descriptor));
        }
        region();
        words();
        codes();
        waiting();
        header.ordinals(KillPoint.values(), "PVLOCK_KILL_POINT", "Where a test can stop a participant, by number.");
        header.names("PVLOCK_KILL_POINT_LIST", KillPoint.values(), "All of them by name, for X(NAME).");
        header.list(
                "PVLOCK_LAYOUT_LIST",
                List.copyOf(header.numbers().keySet()),
                "Every number above by name, for X(NAME): a test prints them.");
    }

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

    private static String prefix(Class<?> descriptor) {
        String name = descriptor.getSimpleName().replaceFirst("Descriptor$", "");
        return "PVLOCK_" + name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
    }

    private void region() {
        header.heading(RegionLayout.class.getName() + ": sections in the order of the file");
        header.constants(RegionLayout.class, "PVLOCK_REGION");
        for (int i = 0; i < SECTIONS.size(); i++) {
            header.define("PVLOCK_SECTION_" + SECTIONS.get(i), i);
        }
        header.heading(
                "Byte locks: of process i at i, then two at these distances behind the last process's, and a creator's.");
        header.define("PVLOCK_BYTE_GATE_BEHIND", 0);
        header.define("PVLOCK_BYTE_EXCLUSIVE_BEHIND", 1);
        header.secret("PVLOCK_BYTE_CREATOR", "io.pvlock.internal.file.RegionCreator", "CREATOR_LOCK_OFFSET");
    }

    private void words() {
        header.heading(SlotState.class.getName() + ": status, and where the fields of the state word are");
        header.constants(SlotState.class, "PVLOCK_SLOT");
        header.define("PVLOCK_SLOT_STATUS_SHIFT", 0);
        header.define("PVLOCK_SLOT_PROCESS_SHIFT", 16);
        header.define("PVLOCK_SLOT_GENERATION_SHIFT", 32);
        header.define("PVLOCK_SLOT_PROCESS_GENERATION_SHIFT", 48);
        header.heading("io.pvlock.internal.layout.ProcessDescriptor: the state word");
        header.define("PVLOCK_PROCESS_STATUS_SHIFT", 0);
        header.define("PVLOCK_PROCESS_GENERATION_SHIFT", 8);
        header.heading("io.pvlock.internal.layout.DirectoryDescriptor: the state word");
        header.define("PVLOCK_DIRECTORY_STATUS_SHIFT", 0);
        header.define("PVLOCK_DIRECTORY_PROCESS_SHIFT", 8);
        header.define("PVLOCK_DIRECTORY_GENERATION_SHIFT", 24);
        header.define("PVLOCK_DIRECTORY_ENTRY_SHIFT", 40);
    }

    private void codes() {
        header.heading("What an entry says: kind, policy, wait mode, type.");
        for (LockKind kind : LockKind.values()) {
            header.define("PVLOCK_KIND_" + kind, kind.code());
        }
        for (LockOptions.Policy policy : LockOptions.Policy.values()) {
            header.define("PVLOCK_POLICY_" + policy, policy.code());
        }
        for (LockOptions.WaitMode mode : LockOptions.WaitMode.values()) {
            header.define("PVLOCK_WAIT_MODE_" + mode, mode.ordinal());
        }
        for (ObjectType type : ObjectType.values()) {
            header.define("PVLOCK_TYPE_" + type, type.code());
        }
        header.heading("Events of a region.");
        for (RegionEvent.Type type : RegionEvent.Type.values()) {
            header.define("PVLOCK_EVENT_TYPE_" + type, type.code());
        }
        header.ordinals(LockEvent.values(), "PVLOCK_COUNT", "Counters of a slot, by index.");
        header.ordinals(Outcome.values(), "PVLOCK_OUTCOME", "How an attempt ends.");
    }

    private void waiting() {
        String parker = "io.pvlock.internal.slot.FutexParker";
        header.heading("The park word.");
        header.secret("PVLOCK_PARK_EMPTY", parker, "EMPTY");
        header.secret("PVLOCK_PARK_PERMIT", parker, "PERMIT");
        header.secret("PVLOCK_PARK_PARKED", parker, "PARKED");
        header.secret("PVLOCK_PARK_PARKED_VIRTUAL", parker, "PARKED_VIRTUAL");
        header.heading("How long and how often one waits: all who use a lock agree on these.");
        String use = "io.pvlock.internal.lock.LockUse";
        header.secret("PVLOCK_SPIN_NS", use, "SPIN_NS");
        header.secret("PVLOCK_NUMA_THRESHOLD_NS", use, "NUMA_THRESHOLD_NS");
        header.secret("PVLOCK_HYBRID_OVERTAKES", use, "HYBRID_OVERTAKES");
        header.secret("PVLOCK_HYBRID_STRIDE_SHIFT", use, "HYBRID_STRIDE_SHIFT");
        header.secret("PVLOCK_HYBRID_STRIDE_US", use, "HYBRID_STRIDE_US");
        header.secret("PVLOCK_HYBRID_OVERTAKE_NS", LockOptions.Policy.class.getName(), "HYBRID_OVERTAKE_NS");
        header.secret("PVLOCK_THROUGHPUT_OVERTAKE_NS", use, "THROUGHPUT_OVERTAKE_NS");
        header.define("PVLOCK_MAX_STRIDE_SHIFT", WaitPolicy.MAX_STRIDE_SHIFT);
        header.define("PVLOCK_UNLIMITED_OVERTAKES", WaitPolicy.UNLIMITED);
        header.secret("PVLOCK_STALL_NS", "io.pvlock.core.Participant", "STALL_NS");
        String patience = "io.pvlock.core.Patience";
        header.secret("PVLOCK_FIRST_SLEEP_NS", patience, "FIRST_NS");
        header.secret("PVLOCK_SECOND_SLEEP_NS", patience, "SECOND_NS");
        header.secret("PVLOCK_UNTOLD_SLEEP_NS", patience, "UNTOLD_NS");
        header.secret("PVLOCK_FRONT_SLEEP_NS", patience, "FRONT_NS");
        header.secret("PVLOCK_LONGEST_SLEEP_NS", patience, "LONGEST_NS");
        header.secret("PVLOCK_PERMITS_PLACE_NS", "io.pvlock.internal.object.Permits", "PLACE_NS");
        header.secret("PVLOCK_THIEF_SPIN_NS", "io.pvlock.core.PvSteal", "THIEF_SPIN_NS");
        header.secret("PVLOCK_THIEF_YIELD_NS", "io.pvlock.core.PvSteal", "THIEF_YIELD_NS");
        header.secret("PVLOCK_TIMER_SLACK_NS", "io.pvlock.core.WaitPolicy", "TIMER_SLACK_NS");
        header.secret("PVLOCK_HEAD_NAP_NS", "io.pvlock.core.PvHead", "NAP_NS");
        header.secret("PVLOCK_HEAD_LONGEST_NAP_NS", "io.pvlock.core.PvHead", "LONGEST_NAP_NS");
        header.secret("PVLOCK_HEARTBEAT_STALE_NS", "io.pvlock.core.PvQueue", "HEARTBEAT_STALE_NS");
        header.secret("PVLOCK_NO_NODE_SLICE_NS", "io.pvlock.core.PvQSpinLock", "NO_NODE_SLICE_NS");
    }
}
