package io.pvlock.nativec;

/** {@code torture_board.h}: where the workers of a torture test keep their records. */
final class BoardHeader {

    private BoardHeader() {}

    /** The whole header, but for its end. */
    static HeaderText generate() {
        HeaderText header = new HeaderText("PVLOCK_TORTURE_BOARD_H", "What the processes of pvlock torture share.");
        try {
            Class<?> board = Class.forName("io.pvlock.tools.torture.TortureBoardDescriptor");
            header.heading(board.getName());
            header.constants(board, "PVLOCK_TORTURE");
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
        return header;
    }
}
