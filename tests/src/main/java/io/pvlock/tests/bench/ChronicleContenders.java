package io.pvlock.tests.bench;

import io.pvlock.tools.bench.Contender;
import io.pvlock.tools.bench.ContenderProvider;
import java.nio.file.Path;
import java.util.List;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.impl.single.TableStoreWriteLock;
import net.openhft.chronicle.queue.impl.table.Metadata;
import net.openhft.chronicle.queue.impl.table.SingleTableBuilder;

/** The lock by which Chronicle Queue lets one process at a time append, with the settings that a queue gives it. */
public final class ChronicleContenders implements ContenderProvider {

    private Contender lock;

    @Override
    public String family() {
        return "chronicle";
    }

    @Override
    public List<String> names() {
        return List.of("chronicle-queue");
    }

    @Override
    public Contender open(String name, Place place) {
        if (lock == null) {
            lock = new Queue(open(place.directory()));
        }
        return lock;
    }

    static TableStoreWriteLock open(Path directory) {
        SingleChronicleQueueBuilder defaults = SingleChronicleQueueBuilder.binary(directory);
        return new TableStoreWriteLock(
                SingleTableBuilder.binary(directory.resolve("metadata.cq4t"), Metadata.NoMeta.INSTANCE)
                        .build(),
                defaults.pauserSupplier(),
                defaults.timeoutMS());
    }

    private record Queue(TableStoreWriteLock shared) implements Contender {
        @Override
        public void lock() {
            shared.lock();
        }

        @Override
        public void unlock() {
            shared.unlock();
        }
    }
}
