package io.pvlock.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockKind;
import io.pvlock.LockOptions.Policy;
import io.pvlock.ObjectType;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.internal.directory.LockDirectory.Template;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.testing.Regions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Who makes or removes a name is killed before each of its writes: all bytes of the region as they were then are another region,
 * in which everybody has died. Nothing in it is lost for ever, and nothing is two names'; nor if the next one is killed as well.
 */
@Timeout(value = 600, threadMode = SEPARATE_THREAD)
class KilledMakerTest {

    private static final int LOCKS = 8;
    private static final int OBJECT_BYTES = 4096;
    private static final int BODY_BYTES = 512 - ExtentDescriptor.BODY_OFFSET;
    /** The second victim is killed at each of so many of its writes. */
    private static final int SOME = 7;

    private static final Template LOCK = new Template(LockKind.PV, Policy.HYBRID.code(), 0);
    private static final Template OBJECT = Template.object(ObjectType.RECORD, Policy.HYBRID, BODY_BYTES, List.of(7L));
    private static final Template LARGE_OBJECT =
            Template.object(ObjectType.RECORD, Policy.HYBRID, 2 * BODY_BYTES, List.of(8L));

    @TempDir
    Path directory;

    private int files;

    private enum Deed {
        MAKE_A_LOCK(3, "", me -> me.make("new", LOCK)),
        MAKE_AN_OBJECT(3, "", me -> me.make("new", OBJECT)),
        MAKE_THE_FIRST_OBJECT(0, "", me -> me.make("new", OBJECT)),
        REMOVE_A_LOCK(3, "", me -> me.remove("lock")),
        REMOVE_AN_OBJECT(3, "", me -> me.remove("object")),
        MAKE_A_LOCK_OF_A_REMOVED_OBJECT(3, "object", me -> me.make("new", LOCK)),
        MAKE_ONE_OF_THE_SAME_LENGTH(3, "object", me -> me.make("new", OBJECT)),
        MAKE_A_LONGER_ONE(3, "object", me -> me.make("new", LARGE_OBJECT)),
        MAKE_THE_LAST_ONE(LOCKS, "object", me -> me.make("new", OBJECT));

        private final int made;
        private final String removed;
        private final Consumer<DirectoryProcess> deed;

        /**
         * @param made how many names there are
         * @param removed then, empty for none
         */
        Deed(int made, String removed, Consumer<DirectoryProcess> deed) {
            this.made = made;
            this.removed = removed;
            this.deed = deed;
        }

        void prepare(DirectoryProcess me) {
            for (int i = 0; i < made; i++) {
                me.make(i == 0 ? "lock" : i == 1 ? "object" : "other " + i, i == 0 ? LOCK : OBJECT);
            }
        }

        /** Which names are there, however the deed ends. */
        Set<String> stay() {
            Set<String> stay = new TreeSet<>();
            IntStream.range(2, made).forEach(i -> stay.add("other " + i));
            return stay;
        }
    }

    private static RegionOptions options() {
        return Regions.small().maxLocks(LOCKS).maxVcpus(1).eventCapacity(1).objectBytes(OBJECT_BYTES);
    }

    private byte[] prepared(Deed deed) {
        Path path = directory.resolve("prepared " + files++);
        try (DirectoryProcess first = new DirectoryProcess(path, options())) {
            deed.prepare(first);
        }
        // By another process, which has looked nothing up.
        try (DirectoryProcess second = new DirectoryProcess(path, options())) {
            if (!deed.removed.isEmpty()) {
                assertThat(second.remove(deed.removed)).isTrue();
            }
            return second.bytes();
        }
    }

    /** The region as it is before each write of {@code deed}, and after it. */
    private List<byte[]> states(byte[] before, Consumer<DirectoryProcess> deed) {
        List<byte[]> states = new ArrayList<>();
        DirectoryProcess[] victim = new DirectoryProcess[1];
        Runnable beforeWrite = () -> {
            if (victim[0] != null) {
                states.add(victim[0].bytes());
            }
        };
        inRegion(before, beforeWrite, me -> {
            victim[0] = me;
            deed.accept(me);
            victim[0] = null;
            states.add(me.bytes());
        });
        return states;
    }

    private void inRegion(byte[] bytes, Runnable beforeWrite, Consumer<DirectoryProcess> use) {
        Path path = directory.resolve("region " + files++);
        try {
            Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(path, bytes);
            try (DirectoryProcess me = new DirectoryProcess(path, options(), () -> {}, beforeWrite)) {
                use.accept(me);
            }
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsLostAndNothingIsTwoNames(Deed deed) {
        List<byte[]> states = states(prepared(deed), deed.deed);
        assertThat(states).hasSizeGreaterThan(10);
        for (byte[] state : states) {
            assertGoesOn(state, deed.stay());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MAKE_AN_OBJECT", "REMOVE_AN_OBJECT", "MAKE_ONE_OF_THE_SAME_LENGTH"})
    void norIfWhoeverComesNextIsKilledToo(Deed deed) {
        for (byte[] state : states(prepared(deed), deed.deed)) {
            List<byte[]> states = states(state, me -> {
                me.make("new", OBJECT);
                me.make("newer", OBJECT);
            });
            for (int i = files % SOME; i < states.size(); i += SOME) {
                assertGoesOn(states.get(i), deed.stay());
            }
        }
    }

    private void assertGoesOn(byte[] state, Set<String> stay) {
        byte[][] filled = new byte[1][];
        inRegion(state, () -> {}, me -> {
            assertThat(me.damage()).isEmpty();
            assertThat(me.all()).containsAll(stay);
            Set<Integer> cells = new TreeSet<>();
            me.names.all().forEach(named -> cells.add(named.entry().cell()));
            for (int i = cells.size(); i < LOCKS; i++) {
                cells.add(me.make("filled " + i, LOCK).cell());
            }
            assertThat(cells).as("all entries, each once").hasSize(LOCKS);
            assertThatThrownBy(() -> me.make("one too many", LOCK))
                    .isInstanceOfSatisfying(
                            RegionException.class,
                            e -> assertThat(e.category()).isEqualTo(RegionException.Category.FULL));
            assertThat(me.damage()).isEmpty();
            filled[0] = me.bytes();
        });
        inRegion(filled[0], () -> {}, me -> {
            assertThat(me.all()).hasSize(LOCKS).allMatch(me::remove);
            int all = OBJECT_BYTES - ExtentDescriptor.BODY_OFFSET;
            LockEntry largest = me.make("largest", Template.object(ObjectType.RECORD, Policy.HYBRID, all, List.of()));
            assertThat(largest.extentLength()).as("all bytes").isEqualTo(OBJECT_BYTES);
            for (int i = 1; i < LOCKS; i++) {
                me.make("filled again " + i, LOCK);
            }
            assertThat(me.damage()).isEmpty();
        });
    }
}
