package io.pvlock.linux;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** Gives a class file another name, by the constants that are it, or describe a type by it (JVM specification, chapter 4.4). */
final class ClassNames {

    private static final int UTF8 = 1;

    private ClassNames() {}

    /**
     * @param from the name with slashes, as it stands in the file
     * @throws IOException if this is no class file that javac made for Java 17
     */
    static byte[] rename(byte[] classFile, String from, String to) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(classFile));
        ByteArrayOutputStream renamed = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(renamed);
        out.writeLong(in.readLong()); // magic number and version
        int constants = in.readUnsignedShort();
        out.writeShort(constants);
        for (int i = 1; i < constants; i++) {
            int tag = in.readUnsignedByte();
            out.writeByte(tag);
            if (tag == UTF8) {
                String text = in.readUTF();
                out.writeUTF(text.equals(from) ? to : text.replace("L" + from + ";", "L" + to + ";"));
            } else {
                out.write(in.readNBytes(bytesOf(tag)));
            }
        }
        in.transferTo(out);
        return renamed.toByteArray();
    }

    private static int bytesOf(int tag) throws IOException {
        return switch (tag) {
            case 7, 8 -> Short.BYTES; // Class, String
            case 9, 10, 12 -> Integer.BYTES; // Fieldref, Methodref, NameAndType
            default -> throw new IOException("a constant of kind " + tag + " was not expected");
        };
    }
}
