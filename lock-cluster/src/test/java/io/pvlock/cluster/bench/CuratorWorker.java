package io.pvlock.cluster.bench;

import io.pvlock.kit.ChildJvm;
import io.pvlock.linux.BootClock;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryForever;

/** A process that takes Curator's lock, says when it has it, and keeps it. Arguments: servers, path, timeoutMs. */
public final class CuratorWorker {

    private CuratorWorker() {}

    /** See the class. */
    public static void main(String[] args) throws Exception {
        int timeout = Integer.parseInt(args[2]);
        try (CuratorFramework client =
                CuratorFrameworkFactory.newClient(args[0], timeout, timeout, new RetryForever(100))) {
            client.start();
            client.blockUntilConnected();
            System.out.println(ChildJvm.MARK + "open");
            System.out.flush();
            new InterProcessMutex(client, args[1]).acquire();
            System.out.println(ChildJvm.MARK + "acquired " + BootClock.nowNs());
            System.out.flush();
            while (System.in.read() >= 0) {
                // The parent has nothing to say but that it is gone.
            }
        }
        System.exit(0);
    }
}
