package io.pvlock.tools.top;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.ControlChar;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Curses;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlocking;
import org.jline.utils.NonBlockingInputStream;
import org.jline.utils.NonBlockingReader;
import org.jline.utils.Signals;

/**
 * The terminal of this process, taken whole: another screen, no echo, each key at once. Whatever ends the program, but SIGKILL, leaves
 * it as it was.
 */
final class Screen implements AutoCloseable {

    /** Behind an Escape, what belongs to it comes at once; alone, it was the key. */
    private static final long ESCAPE_MS = 50;

    /** SIGWINCH. */
    private static final String RESIZED = "WINCH";

    /** The library warns when a terminal is closed while it is read. Kept: a logger that nobody has forgets its level. */
    private static final Logger LIBRARY = Logger.getLogger("org.jline");

    private final Terminal terminal;
    private final String settings;
    private final NonBlockingReader keys;
    private final Thread hook = new Thread(this::leave, "pvlock-top-leave");
    private Object resizing;
    private boolean left;
    private volatile boolean resized = true;
    private char text;
    private Lines.Page shown;
    private Size shownAt;

    private Screen(Terminal terminal, String settings) {
        this.terminal = terminal;
        this.settings = settings;
        // Not the terminal's reader: it would start stty for each look, also when the settings are put back already.
        NonBlockingInputStream bytes =
                NonBlocking.nonBlocking("pvlock-top-keys", new FileInputStream(FileDescriptor.in));
        this.keys = NonBlocking.nonBlocking("pvlock-top-keys", bytes, terminal.encoding());
    }

    /**
     * Takes the terminal on standard input and output.
     *
     * @throws IOException if there is none, or if it can do nothing but print
     */
    static Screen open() throws IOException {
        LIBRARY.setLevel(Level.OFF);
        String settings = stty("-g");
        // By stty, too: no native library, no warning about one.
        Terminal terminal = TerminalBuilder.builder()
                .system(true)
                .dumb(false)
                .provider(TerminalBuilder.PROP_PROVIDER_EXEC)
                // Those that end a program stay the JVM's, whose hooks run then.
                .nativeSignals(false)
                .graphemeCluster(false)
                .build();
        Screen screen = new Screen(terminal, settings);
        try {
            if (terminal.getStringCapability(Capability.cursor_address) == null) {
                throw new IOException("the terminal of type " + terminal.getType() + " cannot move its cursor");
            }
            screen.enter();
            return screen;
        } catch (IOException | RuntimeException | Error e) {
            screen.close();
            throw e;
        }
    }

    private void enter() {
        Runtime.getRuntime().addShutdownHook(hook);
        resizing = Signals.register(RESIZED, () -> resized = true);
        terminal.enterRawMode();
        Attributes mine = new Attributes(terminal.getAttributes());
        // Ctrl-C and Ctrl-Z are keys: a stopped program would leave the terminal as it is now.
        mine.setLocalFlag(LocalFlag.ISIG, false);
        // Each key at once, and a read waits for it.
        mine.setControlChar(ControlChar.VMIN, 1);
        mine.setControlChar(ControlChar.VTIME, 0);
        terminal.setAttributes(mine);
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.keypad_xmit);
        terminal.puts(Capability.cursor_invisible);
        terminal.flush();
    }

    /** How large it is; 80 by 24 if it does not say. */
    Size size() {
        Size size = terminal.getSize();
        return size.getColumns() > 0 && size.getRows() > 0 ? size : Size.of(80, 24);
    }

    /** Whether its size has changed since the last call; true the first time. */
    boolean wasResized() {
        boolean was = resized;
        resized = false;
        return was;
    }

    /** Writes the whole page, unless it is there already. */
    void show(Lines.Page page, Size size) {
        if (page.equals(shown) && size.equals(shownAt)) {
            return;
        }
        if (!size.equals(shownAt)) {
            terminal.puts(Capability.clear_screen);
        }
        for (int i = 0; i < page.lines().size(); i++) {
            terminal.puts(Capability.cursor_address, i, 0);
            // Before the text: behind a full line it would clear its last column.
            terminal.puts(Capability.clr_eol);
            terminal.writer().write(line(page, i).toAnsi(terminal));
        }
        terminal.flush();
        shown = page;
        shownAt = size;
    }

    private static AttributedString line(Lines.Page page, int i) {
        AttributedStyle style = i == page.header()
                ? AttributedStyle.BOLD
                : i == page.bright() ? AttributedStyle.INVERSE : AttributedStyle.DEFAULT;
        return new AttributedString(page.lines().get(i), style);
    }

    /**
     * The next key.
     *
     * @return null if there was none for so long
     */
    Key key(long timeoutMs) throws IOException {
        int read = keys.read(Math.max(1, timeoutMs));
        if (read == NonBlockingReader.READ_EXPIRED) {
            return null;
        }
        if (read < 0) {
            return Key.INTERRUPT; // the terminal is gone
        }
        return switch (read) {
            case 3 -> Key.INTERRUPT;
            case '\r', '\n' -> Key.ENTER;
            case 8, 127 -> Key.BACKSPACE;
            case 27 -> sequence();
            default -> character(read);
        };
    }

    /** The character of {@link Key#TEXT}. */
    char text() {
        return text;
    }

    private Key character(int read) {
        text = (char) read;
        return Character.isISOControl(read) ? Key.UNKNOWN : Key.TEXT;
    }

    // ESC [ A, ESC O A, ESC [ 5 ~, and longer ones, such as a terminal's late answer to a question.
    private Key sequence() throws IOException {
        int second = keys.read(ESCAPE_MS);
        if (second != '[' && second != 'O') {
            return second < 0 ? Key.ESCAPE : Key.UNKNOWN;
        }
        StringBuilder parameters = new StringBuilder();
        int last = keys.read(ESCAPE_MS);
        while (last >= ' ' && last <= '?') {
            parameters.append((char) last);
            last = keys.read(ESCAPE_MS);
        }
        return switch (last) {
            case 'A' -> Key.UP;
            case 'B' -> Key.DOWN;
            case 'C' -> Key.RIGHT;
            case 'D' -> Key.LEFT;
            case 'H' -> Key.HOME;
            case 'F' -> Key.END;
            case '~' -> numbered(parameters.toString());
            default -> Key.UNKNOWN;
        };
    }

    private static Key numbered(String parameters) {
        return switch (parameters) {
            case "1", "7" -> Key.HOME;
            case "4", "8" -> Key.END;
            case "5" -> Key.PAGE_UP;
            case "6" -> Key.PAGE_DOWN;
            default -> Key.UNKNOWN;
        };
    }

    /** Runs stty on this process's terminal, and returns what it prints. */
    private static String stty(String argument) throws IOException {
        Process stty = new ProcessBuilder("stty", argument)
                .redirectInput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String printed = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
        try {
            if (stty.waitFor() != 0) {
                throw new IOException("stty " + argument + " failed: standard input is no terminal");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while stty ran");
        }
        return printed;
    }

    /** Whether the program is being ended by a signal: then the terminal may be closed in the middle of anything. */
    static boolean isEnding() {
        try {
            return Runtime.getRuntime().removeShutdownHook(new Thread());
        } catch (IllegalStateException e) {
            return true;
        }
    }

    // From the shutdown hook, too. There the library's own runs beside it, and may have closed its streams. So the
    // text goes to the descriptor, and the settings are put back whole.
    private synchronized void leave() {
        if (left) {
            return;
        }
        left = true;
        StringBuilder text = new StringBuilder();
        for (Capability capability :
                List.of(Capability.cursor_normal, Capability.keypad_local, Capability.exit_ca_mode)) {
            String sequence = terminal.getStringCapability(capability);
            text.append(sequence == null ? "" : Curses.tputs(sequence));
        }
        try {
            new FileOutputStream(FileDescriptor.out).write(text.toString().getBytes(StandardCharsets.US_ASCII));
            stty(settings);
        } catch (IOException e) {
            // The terminal is gone.
        }
    }

    @Override
    public void close() throws IOException {
        if (isEnding()) {
            return; // by the hooks
        }
        terminal.flush();
        Signals.unregister(RESIZED, resizing);
        terminal.close();
        leave();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is on its way down.
        }
    }
}
