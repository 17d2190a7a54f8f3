package io.pvlock.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the library warns of while this is open, as far as it speaks of some text: tests run beside each other. */
public final class Warned implements AutoCloseable {

    private static final Logger LOGGER = Logger.getLogger("io.pvlock");

    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final Handler handler;

    public Warned(Object about) {
        String text = about.toString();
        handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                if (record.getLevel().equals(Level.WARNING)
                        && record.getMessage().contains(text)) {
                    messages.add(record.getMessage());
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        LOGGER.addHandler(handler);
    }

    public List<String> messages() {
        return messages;
    }

    @Override
    public void close() {
        LOGGER.removeHandler(handler);
    }
}
