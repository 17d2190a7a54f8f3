package io.pvlock.cluster.nemesis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A way to a server, within the process, that takes as long as one says: kernels without netem have no other. */
final class SlowLink {

    private static final int CONNECT_MS = 2_000;

    private record Packet(long dueNs, byte[] bytes) {}

    private final InetSocketAddress server;
    private final ServerSocket entrance;
    private volatile long delayNs;

    SlowLink(String address) {
        int colon = address.lastIndexOf(':');
        server = new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
        try {
            entrance = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run(this::accept);
    }

    /** Where to go instead of to the server. */
    String address() {
        return entrance.getInetAddress().getHostAddress() + ":" + entrance.getLocalPort();
    }

    /** From now on everything takes so long, in each direction. */
    void delay(long millis) {
        delayNs = TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void run(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException | InterruptedException e) {
                // One side has gone: the other is closed, too.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = entrance.accept();
            run(() -> connect(client));
        }
    }

    private void connect(Socket client) throws IOException {
        Socket there = new Socket();
        try {
            there.connect(server, CONNECT_MS);
        } catch (IOException e) {
            client.close();
            throw e;
        }
        client.setTcpNoDelay(true);
        there.setTcpNoDelay(true);
        forward(client, there);
        forward(there, client);
    }

    private void forward(Socket from, Socket to) {
        BlockingQueue<Packet> way = new LinkedBlockingQueue<>();
        run(() -> {
            try (from) {
                InputStream in = from.getInputStream();
                byte[] buffer = new byte[8192];
                for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                    way.add(new Packet(System.nanoTime() + delayNs, Arrays.copyOf(buffer, length)));
                }
            } finally {
                way.add(new Packet(System.nanoTime() + delayNs, new byte[0]));
            }
        });
        run(() -> {
            try (to) {
                OutputStream out = to.getOutputStream();
                for (Packet next = way.take(); next.bytes.length > 0; next = way.take()) {
                    TimeUnit.NANOSECONDS.sleep(next.dueNs - System.nanoTime());
                    out.write(next.bytes);
                }
            }
        });
    }
}
