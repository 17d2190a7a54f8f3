import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.agrona.concurrent.AtomicBuffer;

/** Counts in a region, under a lock. Arguments: the region file, how often, and who shares it: nobody, everybody, or a group. */
public final class Recipe {

    private Recipe() {}

    public static void main(String[] args) {
        try (LockRegion region = LockRegion.open(Path.of(args[0]), options(args[2]))) {
            var lock = region.lock("counter");
            AtomicBuffer data = region.data();
            for (int i = 0; i < Integer.parseInt(args[1]); i++) {
                try (LockGuard guard = lock.acquire()) {
                    if (guard.ownerDied()) {
                        guard.markConsistent(); // a count is whole or not there
                    }
                    data.putLong(0, data.getLong(0) + 1);
                }
            }
            try (LockGuard guard = lock.acquire()) {
                System.out.println("count " + data.getLong(0));
            }
        } catch (RegionException e) {
            System.out.println(e.category() + " " + e.getMessage());
        }
    }

    private static RegionOptions options(String sharedWith) {
        RegionOptions defaults = RegionOptions.defaults();
        return switch (sharedWith) {
            case "nobody" -> defaults;
            case "everybody" -> defaults.permissions(PosixFilePermissions.fromString("rw-rw-rw-"));
            default -> defaults.group(sharedWith);
        };
    }
}
