package io.pvlock.internal.layout;

/**
 * The first page of a region file: what it is, who made it, and where its sections are.
 *
 * <pre>
 *   0        4        8        12       16       20       24                32
 *   +-----------------+--------+--------+--------+--------+-----------------+
 *   0 magic           | order  |checksum|version | pid    | layout hash     |
 *   +-----------------+--------+--------+--------+--------+-----------------+
 *  32 region id       | created at      | boot id                           |
 *   +-----------------+-----------------+--------+--------+-----------------+
 *  64 max    | max    | max    | event  | data   |sections| file length     |
 *     process| vCPUs  | locks  |capacity| bytes  |        |                 |
 *   +--------+--------+--------+--------+--------+--------+-----------------+
 *  96 section table: 10 x (offset, length)                                  |
 *   +--------+--------------------------------------------------------------+
 * 176 object | reserved, 0                                                  |
 *     bytes  |                                                              |
 *   +-----------------------------------------------------------------------+
 * 256 ready  | padding                                                      |
 *   +-----------------------------------------------------------------------+
 * 384 mutable part                                                          |
 *   +-----------------------------------------------------------------------+
 * 512 reserved, 0
 * </pre>
 *
 * <p>All of it is written by the creator. The bytes before {@link #READY_OFFSET} never change afterwards. Magic, byte
 * order, the checksum and the bytes it covers, and the version keep their place in every version of the format, so
 * that any version can tell a damaged file from one that is older or newer than itself.
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>magic</td><td>creator</td><td>before the file has its name</td>
 *     <td>the bytes {@code PVLOCK\0\1}</td></tr>
 * <tr><td>8</td><td>4</td><td>byte order</td><td>creator</td><td>same</td>
 *     <td>{@link #BYTE_ORDER_MARK}; its bytes reversed on the wrong machine</td></tr>
 * <tr><td>12</td><td>4</td><td>checksum</td><td>creator</td><td>same</td><td>CRC32C of the bytes 16 to 255</td></tr>
 * <tr><td>16</td><td>4</td><td>format version</td><td>creator</td><td>same</td><td>{@link #VERSION}</td></tr>
 * <tr><td>20</td><td>4</td><td>creator's pid</td><td>creator</td><td>same</td><td>for people</td></tr>
 * <tr><td>24</td><td>8</td><td>layout hash</td><td>creator</td><td>same</td>
 *     <td>{@link RegionLayout#layoutHash}</td></tr>
 * <tr><td>32</td><td>8</td><td>region id</td><td>creator</td><td>same</td><td>random</td></tr>
 * <tr><td>40</td><td>8</td><td>created at</td><td>creator</td><td>same</td><td>epoch milliseconds</td></tr>
 * <tr><td>48</td><td>16</td><td>boot id</td><td>creator</td><td>same</td>
 *     <td>of the creator's machine; most significant half first</td></tr>
 * <tr><td>64</td><td>4</td><td>max processes</td><td>creator</td><td>same</td><td>capacity</td></tr>
 * <tr><td>68</td><td>4</td><td>max vCPUs</td><td>creator</td><td>same</td><td>capacity</td></tr>
 * <tr><td>72</td><td>4</td><td>max locks</td><td>creator</td><td>same</td><td>capacity</td></tr>
 * <tr><td>76</td><td>4</td><td>event capacity</td><td>creator</td><td>same</td><td>capacity</td></tr>
 * <tr><td>80</td><td>4</td><td>data bytes</td><td>creator</td><td>same</td><td>of user data, before rounding</td></tr>
 * <tr><td>84</td><td>4</td><td>section count</td><td>creator</td><td>same</td><td>{@link #SECTIONS}</td></tr>
 * <tr><td>88</td><td>8</td><td>file length</td><td>creator</td><td>same</td><td>bytes</td></tr>
 * <tr><td>96</td><td>10 x 8</td><td>section table</td><td>creator</td><td>same</td>
 *     <td>offset and length in the order of {@link RegionLayout}</td></tr>
 * <tr><td>176</td><td>4</td><td>object bytes</td><td>creator</td><td>same</td><td>of extents, before rounding</td></tr>
 * <tr><td>256</td><td>4</td><td>ready</td><td>creator</td><td>release, last</td>
 *     <td>{@link #READY}; anything else is an unfinished file</td></tr>
 * <tr><td>384</td><td>128</td><td>mutable part</td><td>participants</td><td>-</td>
 *     <td>not covered by the checksum</td></tr>
 * <tr><td>384</td><td>8</td><td>token floor</td><td>who has the byte lock for it</td><td>plain</td>
 *     <td>the greatest fencing token of a lock that was removed; those of later ones are greater</td></tr>
 * <tr><td>392</td><td>4</td><td>unused entry</td><td>same</td><td>plain</td>
 *     <td>a hint: the first of the list of unused entries</td></tr>
 * <tr><td>400</td><td>8</td><td>room</td><td>same</td><td>plain</td>
 *     <td>a hint: bytes that no object has; offset of the first (32 bits), of the first behind them (32)</td></tr>
 * <tr><td>408</td><td>8</td><td>check of the room</td><td>same</td><td>plain, last</td>
 *     <td>{@link HintCheck} of the room; anything else: the room is not known</td></tr>
 * <tr><td>448</td><td>4</td><td>slots wanted</td><td>participants</td><td>volatile, RMW</td>
 *     <td>not 0 while somebody may wait for a slot: who gives one back rings the bells of all processes</td></tr>
 * </table>
 */
public final class HeaderDescriptor {

    public static final int MAGIC_OFFSET = 0;
    public static final int BYTE_ORDER_OFFSET = MAGIC_OFFSET + Long.BYTES;
    public static final int CHECKSUM_OFFSET = BYTE_ORDER_OFFSET + Integer.BYTES;
    public static final int VERSION_OFFSET = CHECKSUM_OFFSET + Integer.BYTES;
    public static final int CREATOR_PID_OFFSET = VERSION_OFFSET + Integer.BYTES;
    public static final int LAYOUT_HASH_OFFSET = CREATOR_PID_OFFSET + Integer.BYTES;
    public static final int REGION_ID_OFFSET = LAYOUT_HASH_OFFSET + Long.BYTES;
    public static final int CREATED_AT_OFFSET = REGION_ID_OFFSET + Long.BYTES;
    public static final int BOOT_ID_OFFSET = CREATED_AT_OFFSET + Long.BYTES;
    public static final int MAX_PROCESSES_OFFSET = BOOT_ID_OFFSET + 2 * Long.BYTES;
    public static final int MAX_VCPUS_OFFSET = MAX_PROCESSES_OFFSET + Integer.BYTES;
    public static final int MAX_LOCKS_OFFSET = MAX_VCPUS_OFFSET + Integer.BYTES;
    public static final int EVENT_CAPACITY_OFFSET = MAX_LOCKS_OFFSET + Integer.BYTES;
    public static final int DATA_BYTES_OFFSET = EVENT_CAPACITY_OFFSET + Integer.BYTES;
    public static final int SECTION_COUNT_OFFSET = DATA_BYTES_OFFSET + Integer.BYTES;
    public static final int FILE_LENGTH_OFFSET = SECTION_COUNT_OFFSET + Integer.BYTES;
    public static final int SECTION_TABLE_OFFSET = FILE_LENGTH_OFFSET + Long.BYTES;
    public static final int SECTIONS = 10;
    public static final int SECTION_ENTRY_LENGTH = 2 * Integer.BYTES;
    public static final int OBJECT_BYTES_OFFSET = SECTION_TABLE_OFFSET + SECTIONS * SECTION_ENTRY_LENGTH;
    /** Where the bytes begin that the checksum covers; they end at {@link #READY_OFFSET}. */
    public static final int CHECKSUMMED_OFFSET = VERSION_OFFSET;

    public static final int READY_OFFSET = 256;
    public static final int MUTABLE_OFFSET = READY_OFFSET + 128;
    public static final int MUTABLE_LENGTH = 128;
    public static final int TOKEN_FLOOR_OFFSET = MUTABLE_OFFSET;
    public static final int UNUSED_ENTRY_OFFSET = TOKEN_FLOOR_OFFSET + Long.BYTES;
    public static final int ROOM_OFFSET = UNUSED_ENTRY_OFFSET + Long.BYTES;
    public static final int ROOM_CHECK_OFFSET = ROOM_OFFSET + Long.BYTES;
    public static final int SLOTS_WANTED_OFFSET = ROOM_CHECK_OFFSET + 5 * Long.BYTES;
    public static final int LENGTH = 4096;

    /** The bytes {@code PVLOCK\0\1}, read little-endian: the same bytes on every machine. */
    public static final long MAGIC = 0x01_00_4b_43_4f_4c_56_50L;
    /** Written in the byte order of the machine. */
    public static final int BYTE_ORDER_MARK = 0x0102_0304;
    /** Version of the format: one more with each change that a program of the version before cannot work with. */
    public static final int VERSION = 1;
    /** Value of the ready state; unlikely to come from a damaged page. */
    public static final int READY = 0x5944_4552;

    private HeaderDescriptor() {}
}
