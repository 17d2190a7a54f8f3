package io.pvlock.cluster.process;

import io.pvlock.cluster.tools.EmbeddedServer;
import io.pvlock.kit.ChildJvm;
import java.io.IOException;
import java.util.Properties;

/** A server in a process of its own, whose system properties are not its clients'. Arguments: its properties, as name=value. */
public final class ServerProcess {

    private ServerProcess() {}

    /** See the class. */
    public static void main(String[] args) throws IOException {
        Properties properties = new Properties();
        for (String argument : args) {
            int sign = argument.indexOf('=');
            properties.setProperty(argument.substring(0, sign), argument.substring(sign + 1));
        }
        try (EmbeddedServer server = new EmbeddedServer(properties)) {
            System.out.println(ChildJvm.MARK + "open " + server.connect());
            while (System.in.read() >= 0) {
                // The parent has nothing to say but that it is gone.
            }
        }
        System.exit(0);
    }
}
