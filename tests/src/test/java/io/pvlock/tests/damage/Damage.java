package io.pvlock.tests.damage;

import io.pvlock.internal.layout.HeaderDescriptor;
import io.pvlock.internal.layout.RegionLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** A few random changes to the tables of a region, most of them where something is. */
final class Damage {

    private static final int MAX_CHANGES = 12;
    /** The last sections, of objects and of the user's data, are no tables. */
    private static final int TABLES = HeaderDescriptor.SECTIONS - 2;

    private final byte[] bytes;
    private final List<String> changes = new ArrayList<>();

    Damage(BusyRegion busy, Random random) {
        bytes = busy.bytes();
        for (int n = 1 + random.nextInt(MAX_CHANGES); n > 0; n--) {
            change(busy.layout(), random);
        }
    }

    private void change(RegionLayout layout, Random random) {
        int table = random.nextInt(TABLES);
        int first = layout.sectionOffset(table);
        int at = random.nextInt(4) == 0
                ? first + random.nextInt(layout.sectionLength(table))
                : used(table, layout, random);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        switch (random.nextInt(4)) {
            case 0, 1 -> bytes[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
            case 2 -> buffer.putInt(at & -Integer.BYTES, value(random));
            default -> buffer.putLong(at & -Long.BYTES, (long) value(random) << 32 | value(random) & 0xffff_ffffL);
        }
        changes.add("table " + table + " + " + (at - first));
    }

    private int used(int table, RegionLayout layout, Random random) {
        int first = layout.sectionOffset(table);
        int[] used = IntStream.range(first, first + layout.sectionLength(table))
                .filter(i -> bytes[i] != 0)
                .toArray();
        return used.length == 0 ? first : used[random.nextInt(used.length)];
    }

    private static int value(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> random.nextInt(64);
            default -> random.nextInt();
        };
    }

    byte[] bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return changes.toString();
    }
}
