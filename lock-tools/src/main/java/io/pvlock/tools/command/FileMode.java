package io.pvlock.tools.command;

import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Permissions of a file as chmod takes them: {@code 0660}; or as ls shows them: {@code rw-rw----}. */
final class FileMode {

    private static final int OWNER_READ_WRITE = 0600;

    private FileMode() {}

    /** @throws IllegalArgumentException if it is neither, or the owner could not read and write */
    static Set<PosixFilePermission> parse(String text) {
        if (!text.matches("0?[0-7]{3}")) {
            return PosixFilePermissions.fromString(text);
        }
        int bits = Integer.parseInt(text, 8);
        if ((bits & OWNER_READ_WRITE) != OWNER_READ_WRITE) {
            throw new IllegalArgumentException("the owner must be able to read and to write");
        }
        // The constants are in the order of the bits, from the owner's on down.
        PosixFilePermission[] all = PosixFilePermission.values();
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < all.length; i++) {
            if ((bits & 1 << all.length - 1 - i) != 0) {
                permissions.add(all[i]);
            }
        }
        return permissions;
    }

    /** For picocli. */
    static final class Converter implements ITypeConverter<Set<PosixFilePermission>> {
        @Override
        public Set<PosixFilePermission> convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + text + "' is no mode such as 0600 or 0660: " + e.getMessage());
            }
        }
    }
}
