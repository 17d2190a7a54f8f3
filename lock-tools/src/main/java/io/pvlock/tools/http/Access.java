package io.pvlock.tools.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Where a server listens, and by which names it may be called. A page of a stranger can make a browser send requests to a name of the
 * stranger's that leads to this machine (DNS rebinding). It cannot do so with an address or with {@code localhost}: these are no names
 * of the stranger's. So they are answered, and other names are only if the user has listed them.
 *
 * @param address to listen on
 * @param port to listen on; 0 is any that is free
 * @param names by which it may be called beside addresses and {@code localhost}, in lower case
 */
public record Access(InetAddress address, int port, Set<String> names) {

    private static final Pattern PORT = Pattern.compile(":\\d{1,5}$");
    private static final Pattern IPV4 =
            Pattern.compile("(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}");

    /**
     * Checks what a user has asked for.
     *
     * @param address a literal or a name
     * @param allowRemote whether the address may be one that other hosts reach
     * @throws IllegalArgumentException if it may not, or is none; the message says what to do
     */
    public static Access of(String address, int port, boolean allowRemote, Set<String> names) {
        InetAddress resolved;
        try {
            resolved = InetAddress.getByName(address);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("--address=" + address + " is no address of this host", e);
        }
        if (!allowRemote && !resolved.isLoopbackAddress()) {
            throw new IllegalArgumentException("--address=" + address
                    + " can be reached from other hosts, and whoever reaches it sees this region; add --allow-remote if"
                    + " that is wanted, or take 127.0.0.1");
        }
        Set<String> lower = new TreeSet<>();
        names.forEach(name -> lower.add(name.toLowerCase(Locale.ROOT)));
        return new Access(resolved, port, lower);
    }

    /**
     * Whether a request is for this server, as far as its header {@code Host} tells. The port in it is not compared: a tunnel has
     * another one.
     *
     * @param host value of the header; null if there is none
     */
    boolean answersTo(String host) {
        if (host == null) {
            return false;
        }
        String name = PORT.matcher(host.toLowerCase(Locale.ROOT)).replaceFirst("");
        if (name.equals("localhost") || names.contains(name)) {
            return true;
        }
        return isLiteral(name) && (!address.isLoopbackAddress() || isLoopback(name));
    }

    private static boolean isLiteral(String name) {
        return IPV4.matcher(name).matches() || name.startsWith("[") && name.endsWith("]");
    }

    // No question to a name server: it is a literal, or in brackets, which no name is.
    private static boolean isLoopback(String literal) {
        try {
            return InetAddress.getByName(literal).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
