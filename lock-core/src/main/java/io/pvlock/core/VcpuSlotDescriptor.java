package io.pvlock.core;

/**
 * One vCPU slot: all that the region keeps about one attached thread.
 *
 * <pre>
 *   0        8        16       24       32       40       48       56       64
 *   +--------+--------+--------+--------+--------+--------+--------+--------+
 *   0 state  | tid    | slow   | since  |wait for| wait   | kicked | pid    |
 *   +--------+--------+--------+--------+--------+--------+--------+--------+
 *  64 thread name: length, then UTF-8                                       |
 *   +-----------------------------------------------------------------------+
 * 128 park | padding                                                        |
 *   +-----------------------------------------------------------------------+
 * 192 sentinel: a robust pthread_mutex_t (48 at most) |NUMA n.| padding      |
 *   +-----------------------------------------------------------------------+
 * 256 node 0, 1, 2, 3, one cache line each                                  |
 *   +-----------------------------------------------------------------------+
 * 512 lock event counters, 32 longs                                         |
 *   +-----------------------------------------------------------------------+
 * 768
 * </pre>
 *
 * <table>
 * <caption>Fields</caption>
 * <tr><th>offset</th><th>bytes</th><th>field</th><th>writer</th><th>order</th><th>meaning</th></tr>
 * <tr><td>0</td><td>8</td><td>state</td><td>attacher, reclaimer</td><td>CAS</td><td>status, generation and process index</td></tr>
 * <tr><td>8</td><td>4</td><td>tid</td><td>attacher</td><td>plain before state</td><td>thread id, for people</td></tr>
 * <tr><td>16</td><td>8</td><td>slow path counter</td><td>the vCPU</td><td>volatile</td><td>odd while inside a slow path</td></tr>
 * <tr><td>24</td><td>8</td><td>attached since</td><td>attacher</td><td>plain before state</td><td>epoch milliseconds</td></tr>
 * <tr><td>32</td><td>8</td><td>waiting for</td><td>the vCPU</td><td>release</td><td>offset of the cell it waits for, 0 for none</td></tr>
 * <tr><td>40</td><td>8</td><td>waiting since</td><td>the vCPU</td><td>release</td><td>monotonic nanoseconds</td></tr>
 * <tr><td>48</td><td>8</td><td>kicked at</td><td>kicker, the vCPU</td><td>opaque</td><td>monotonic nanoseconds, for pv_latency_wake</td></tr>
 * <tr><td>56</td><td>4</td><td>pid</td><td>attacher</td><td>plain before state</td><td>process id, for people</td></tr>
 * <tr><td>64</td><td>64</td><td>thread name</td><td>attacher</td><td>plain before state</td><td>4 bytes length, UTF-8</td></tr>
 * <tr><td>128</td><td>4</td><td>park word</td><td>anybody</td><td>RMW</td><td>sticky permit and futex word</td></tr>
 * <tr><td>192</td><td>48</td><td>sentinel</td><td>libc, kernel</td><td>-</td><td>robust mutex held by the thread for life</td></tr>
 * <tr><td>240</td><td>4</td><td>NUMA node</td><td>the vCPU</td><td>opaque</td><td>plus 1, 0 for unknown; a hint, beside what is never written</td></tr>
 * <tr><td>256</td><td>4 x 64</td><td>nodes</td><td>see {@link NodeDescriptor}</td><td></td><td></td></tr>
 * <tr><td>512</td><td>32 x 8</td><td>events</td><td>the vCPU</td><td>plain</td><td>{@link LockEvent} counters</td></tr>
 * </table>
 */
public final class VcpuSlotDescriptor {

    public static final int STATE_OFFSET = 0;
    public static final int TID_OFFSET = STATE_OFFSET + Long.BYTES;
    public static final int SLOW_PATH_OFFSET = TID_OFFSET + Long.BYTES;
    public static final int ATTACHED_SINCE_OFFSET = SLOW_PATH_OFFSET + Long.BYTES;
    public static final int WAITING_FOR_OFFSET = ATTACHED_SINCE_OFFSET + Long.BYTES;
    public static final int WAITING_SINCE_OFFSET = WAITING_FOR_OFFSET + Long.BYTES;
    public static final int KICKED_AT_OFFSET = WAITING_SINCE_OFFSET + Long.BYTES;
    public static final int PID_OFFSET = KICKED_AT_OFFSET + Long.BYTES;
    public static final int NAME_OFFSET = PID_OFFSET + Long.BYTES;
    public static final int NAME_MAX_BYTES = 60;
    public static final int PARK_OFFSET = NAME_OFFSET + 64;
    public static final int SENTINEL_OFFSET = PARK_OFFSET + 64;
    public static final int NUMA_NODE_OFFSET = SENTINEL_OFFSET + 48;
    public static final int NODES_OFFSET = SENTINEL_OFFSET + 64;
    public static final int EVENTS_OFFSET = NODES_OFFSET + LockWord.MAX_NODES * NodeDescriptor.LENGTH;
    public static final int MAX_EVENTS = 32;
    public static final int LENGTH = EVENTS_OFFSET + MAX_EVENTS * Long.BYTES;
    public static final int ALIGNMENT = 128;

    private VcpuSlotDescriptor() {}
}
