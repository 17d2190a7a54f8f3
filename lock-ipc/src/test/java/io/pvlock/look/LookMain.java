package io.pvlock.look;

import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionView;
import java.nio.file.Path;

/** Looks at everything in the region {@code args[0]}, says who holds the lock "held", and that it may not lock itself. */
final class LookMain {

    private LookMain() {}

    public static void main(String[] args) {
        Path path = Path.of(args[0]);
        try (RegionView view = LockRegion.openForReading(path)) {
            RegionViewTest.lookAtAll(view);
            view.locks().stream()
                    .filter(lock -> lock.name().equals("held"))
                    .flatMap(lock -> lock.owner().stream())
                    .forEach(owner -> System.out.println("held by pid " + owner.pid() + ", alive " + owner.alive()));
            System.out.println(view.check().othersAlive() + " alive");
        }
        try {
            LockRegion.open(path, RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN))
                    .close();
        } catch (RegionException e) {
            System.out.println("may not lock: " + e.getMessage());
        }
    }
}
