package io.pvlock.tests.kill;

import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.core.Participant;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.slot.DeathListener;
import io.pvlock.internal.slot.VcpuRegistry;
import io.pvlock.linux.NativeFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reclaims the slots of the dead on demand, as an attacher does when slots are short. */
final class Reclaimer implements AutoCloseable {

    private static final DeathListener SILENT = new DeathListener() {
        @Override
        public void died(int vcpu) {}

        @Override
        public void releasingOwner(int owner, int cell) {}

        @Override
        public void ownerReclaimed(int vcpu, int cell) {}

        @Override
        public void reclaimed(int vcpu) {}
    };

    private final VcpuRegistry registry;

    Reclaimer(Path path) {
        RegionFile file = RegionFile.openOrCreate(
                path,
                RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN).createIfMissing(false));
        registry = new VcpuRegistry(
                file.memory(),
                file.mapping().address(),
                file.layout(),
                NativeFile.open(path),
                new LockDirectory(file.memory(), file.layout()));
        registry.listen(SILENT);
    }

    int reclaimDead() {
        return registry.reclaimer().reclaimDead();
    }

    /**
     * Attaches that many slots beside those that are, and gives them back; all can be had at once, or it is an error.
     */
    void attachAndDetach(int slots) {
        List<Participant> attached = new ArrayList<>();
        try {
            for (int i = 0; i < slots; i++) {
                attached.add(registry.attach(false));
            }
        } catch (RegionException e) {
            throw new AssertionError(
                    "only " + attached.size() + " of " + slots + " slots can be had: " + e.getMessage(), e);
        } finally {
            attached.forEach(registry::detach);
        }
    }

    VcpuRegistry registry() {
        return registry;
    }

    @Override
    public void close() {
        registry.close();
    }
}
