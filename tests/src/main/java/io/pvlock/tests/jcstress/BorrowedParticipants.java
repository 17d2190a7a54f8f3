package io.pvlock.tests.jcstress;

import io.pvlock.RegionOptions;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.linux.NativeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** Slots of a mapped region that any thread of this JVM may use, in turn. */
final class BorrowedParticipants {

    /** More than the states that jcstress keeps alive at once: two states must not share a slot. */
    private static final int SLOTS = 12_288;

    private static final RegionFile FILE = open();
    private static final VcpuRegistry REGISTRY = new VcpuRegistry(
            FILE.memory(),
            FILE.mapping().address(),
            FILE.layout(),
            NativeFile.open(FILE.path()),
            new LockDirectory(FILE.memory(), FILE.layout()));

    private static final Participant[] PARTICIPANTS = new Participant[SLOTS];
    private static final AtomicInteger NEXT = new AtomicInteger();

    static {
        for (int i = 0; i < SLOTS; i++) {
            PARTICIPANTS[i] = REGISTRY.attach(false);
        }
        try {
            Files.delete(FILE.path());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private BorrowedParticipants() {}

    static Parker parker() {
        return REGISTRY.parker();
    }

    static long parkWordAddress(Participant participant) {
        return FILE.mapping().address() + participant.slotOffset() + VcpuSlotDescriptor.PARK_OFFSET;
    }

    /** A participant that nobody has kicked: a permit that its last user came too early for would end the next one's sleep. */
    static Participant next() {
        Participant next = PARTICIPANTS[Math.floorMod(NEXT.getAndIncrement(), SLOTS)];
        FILE.memory().putIntVolatile(next.slotOffset() + VcpuSlotDescriptor.PARK_OFFSET, 0);
        return next;
    }

    /** The one of that index, which many may use at once as a name only. */
    static Participant vcpu(int index) {
        return PARTICIPANTS[index];
    }

    private static RegionFile open() {
        try {
            Path directory = Files.createTempDirectory("pvlock-jcstress");
            directory.toFile().deleteOnExit();
            return RegionFile.openOrCreate(
                    directory.resolve("region"),
                    RegionOptions.defaults().maxVcpus(SLOTS).mapping(RegionOptions.Mapping.PLAIN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
