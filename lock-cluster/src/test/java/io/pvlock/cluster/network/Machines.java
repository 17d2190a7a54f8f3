package io.pvlock.cluster.network;

import java.util.List;

/** Where servers and hosts run: each machine has an address of its own, at which the same ports are free. Machine 0 is one, too. */
public interface Machines extends AutoCloseable {

    String address(int machine);

    /** A command that runs another one on the machine. */
    List<String> on(int machine);

    @Override
    void close();
}
