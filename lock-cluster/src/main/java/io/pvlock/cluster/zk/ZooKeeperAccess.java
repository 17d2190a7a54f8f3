package io.pvlock.cluster.zk;

import io.pvlock.cluster.engine.EngineException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.common.ConfigException;

/**
 * How to get to the servers.
 *
 * @param connect their addresses, as ZooKeeper wants them: {@code host:port,host:port}
 * @param timeout of the session, to ask for
 * @param digest {@code user:password}, a secret; empty for none
 * @param config a file of properties of the client, for TLS or SASL; empty for none
 */
public record ZooKeeperAccess(String connect, Duration timeout, Optional<byte[]> digest, Optional<Path> config) {

    ZKClientConfig clientConfig() {
        try {
            return config.isPresent() ? new ZKClientConfig(config.get()) : new ZKClientConfig();
        } catch (ConfigException e) {
            throw new EngineException(EngineException.Code.OTHER, config.get() + ": " + e.getMessage());
        }
    }

    /** Whether the client proves itself by SASL: then what it makes is its own. */
    boolean sasl() {
        return System.getProperty("java.security.auth.login.config") != null
                && clientConfig().isSaslClientEnabled();
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "ZooKeeperAccess[" + connect + ", " + timeout + (digest.isPresent() ? ", with a password" : "") + "]";
    }
}
