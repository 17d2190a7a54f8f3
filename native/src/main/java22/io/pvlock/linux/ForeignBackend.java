package io.pvlock.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/** Found by name, where Java is 22 or later. */
final class ForeignBackend extends ForeignProvider {

    ForeignBackend() {}

    @Override
    boolean isGranted(Module user) {
        return user.isNativeAccessEnabled();
    }

    @Override
    NativeCalls calls() {
        return new ForeignCalls();
    }

    @Override
    ByteBuffer map(FileChannel channel, MapMode mode, int length) throws IOException {
        // The buffer keeps the segment, and that the arena.
        return channel.map(mode, 0, length, Arena.ofAuto()).asByteBuffer();
    }
}
