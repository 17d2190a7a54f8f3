package io.pvlock.linux;

import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/** Users and groups by number, as files have them. */
public final class Users {

    /** The user who may do everything. */
    public static final int ROOT = 0;

    // struct passwd { char *name; char *passwd; uid_t uid; ... }, struct group { char
    // *name; char *passwd; gid_t gid; ... }
    private static final int ID = 2 * 8;
    private static final int RECORD_BYTES = 64;
    private static final int FIRST_BUFFER_BYTES = 1 << 12;
    private static final int MAX_BUFFER_BYTES = 1 << 24;
    private static final int ERANGE = 34;

    private Users() {}

    /** In whose name this process makes and opens files. */
    public static int effectiveUid() {
        return (int) LibC.syscall(SystemCalls.GETEUID);
    }

    /** The number of the user of this name, or of this number; empty if there is none. */
    public static OptionalInt uid(String nameOrNumber) {
        return id(nameOrNumber, LibC::getpwnam_r);
    }

    /** The number of the group of this name, or of this number; empty if there is none. */
    public static OptionalInt gid(String nameOrNumber) {
        return id(nameOrNumber, LibC::getgrnam_r);
    }

    @FunctionalInterface
    private interface LookUp {
        int find(long name, long record, long buffer, long bufferBytes, long result);
    }

    private static OptionalInt id(String nameOrNumber, LookUp lookUp) {
        NativeBlock name = NativeBlock.ofString(nameOrNumber.getBytes(StandardCharsets.UTF_8));
        NativeBlock record = new NativeBlock(RECORD_BYTES);
        NativeBlock found = new NativeBlock(Long.BYTES);
        int error = ERANGE;
        for (int bytes = FIRST_BUFFER_BYTES; error == ERANGE && bytes <= MAX_BUFFER_BYTES; bytes *= 2) {
            NativeBlock buffer = new NativeBlock(bytes);
            error = lookUp.find(name.address, record.address, buffer.address, bytes, found.address);
            Reference.reachabilityFence(buffer);
        }
        Reference.reachabilityFence(name);
        Reference.reachabilityFence(record);
        boolean known = error == 0 && found.bytes.getLong(0) != 0;
        return known ? OptionalInt.of(record.bytes.getInt(ID)) : number(nameOrNumber);
    }

    private static OptionalInt number(String text) {
        try {
            return OptionalInt.of(Integer.parseUnsignedInt(text));
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }
}
