package io.pvlock.cluster.engine;

import java.util.concurrent.CompletionException;

/** Why a call to the cluster has failed. */
public final class EngineException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What kind of failure it is. */
    public enum Code {
        /** It is not known whether it has happened. */
        CONNECTION_LOSS,
        SESSION_EXPIRED,
        NO_NODE,
        NODE_EXISTS,
        BAD_VERSION,
        NOT_EMPTY,
        /** The user may not do that. */
        NOT_ALLOWED,
        OTHER
    }

    private final Code code;

    public EngineException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public Code code() {
        return code;
    }

    /** The failure in {@code thrown}, which a future may have wrapped. */
    public static EngineException of(Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof EngineException failure) {
            return failure;
        }
        String what = cause instanceof IllegalArgumentException ? cause.getMessage() : cause.toString();
        EngineException other = new EngineException(Code.OTHER, what);
        other.initCause(cause);
        return other;
    }
}
