package io.pvlock.cluster;

import io.pvlock.cluster.lease.LeaseWords;
import java.nio.charset.StandardCharsets;

/** Names that a lock of a region and a node of ZooKeeper can both have. */
final class LockNames {

    private LockNames() {}

    static void check(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > LeaseWords.MAX_NAME_BYTES) {
            throw new IllegalArgumentException("a lock's name has 1 to 80 bytes of UTF-8, '" + name + "' has " + bytes);
        }
        if (name.equals(".") || name.equals("..")) {
            throw new IllegalArgumentException("'" + name + "' can be no node of ZooKeeper; name the lock otherwise");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean refused =
                    c == '/' || c <= 0x1f || c >= 0x7f && c <= 0x9f || c >= 0xd800 && c <= 0xf8ff || c >= 0xfff0;
            if (refused) {
                throw new IllegalArgumentException("'" + name.replaceAll("\\p{Cntrl}", "?") + "' has the character U+"
                        + String.format("%04X", (int) c)
                        + ", which no node of ZooKeeper can have; name the lock otherwise");
            }
        }
    }
}
