package io.pvlock.tools.top;

import io.pvlock.core.LockEvent;
import io.pvlock.tools.view.Printable;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A picture as lines of text, none of them wider or more than the terminal. All foreign text in them is harmless. */
final class Lines {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);

    private static final List<String> HELP = List.of(
            "Up Down PgUp PgDn Home End   choose a lock         Enter  its queue",
            "Left Right                   more columns          Esc    back; clear the filter",
            "/       show only names with this text, until Enter or Esc",
            "n s o h w a c l k t d        sort by NAME STATE OWNER HELD WAIT ACQ/S CONT%",
            "                             W-P99 KICKS STEALS DEATHS",
            "< >     sort by the column to the left, right      r      the other way round",
            "space   stop the picture                           q      end",
            "",
            "STATE   held!, incons: data not repaired since an owner died; dead: the owner;",
            "        lost: given up for good",
            "a second: waits found the lock held, steals took it past the queue, sleeps and",
            "        kicks put to sleep and woke; counted are threads that are attached now",
            "HELD    - where the owner read no clock and nobody waits",
            "ACQ/S   acquisitions a second, of which CONT% had to wait; a lock() that need",
            "        not wait is not counted, an acquire() is",
            "W- H-   how long was waited, and held: median, 99 of 100, longest");

    private final int width;
    private final int height;

    Lines(int width, int height) {
        this.width = Math.max(20, width);
        this.height = Math.max(4, height);
    }

    /**
     * One picture.
     *
     * @param lines from the top
     * @param bright index of the line that is marked; -1 for none
     * @param header index of the line with the titles of columns; -1 for none
     */
    record Page(List<String> lines, int bright, int header) {}

    Page of(Picture picture, State state) {
        if (state.isHelp()) {
            return page(head(picture, state), HELP, -1, "any key: back");
        }
        if (state.detailOf() != null) {
            List<String> detail = picture.detail()
                    .map(it -> new DetailLines(picture, it).lines())
                    .orElse(List.of("no lock '" + Printable.of(state.detailOf()) + "' any more"));
            return page(head(picture, state), detail, -1, "Esc: back  space: stop  q: end");
        }
        return list(picture, state);
    }

    private Page list(Picture picture, State state) {
        List<String> head = head(picture, state);
        int room = Math.max(1, height - head.size() - 2);
        state.page(room);
        Columns columns = new Columns(width, state.hidden());
        List<LockRow> rows = state.rows();
        int selected = state.selectedIndex();
        int first = Math.max(0, Math.min(selected - room / 2, rows.size() - room));
        List<String> body = new ArrayList<>();
        body.add(columns.header(state.sort()));
        rows.stream().skip(first).limit(room).map(columns::row).forEach(body::add);
        String foot = state.isTyping()
                ? "filter: " + Printable.of(state.filter()) + "_"
                : "Enter: queue  /: filter  n..d: sort  ?: help  q: end"
                        + (state.filter().isEmpty() ? "" : "   filter: " + Printable.of(state.filter()));
        Page page = page(head, body, selected < 0 ? -1 : 1 + selected - first, foot);
        return new Page(page.lines(), page.bright(), head.size());
    }

    /** @param bright in {@code body} */
    private Page page(List<String> head, List<String> body, int bright, String foot) {
        List<String> lines = new ArrayList<>(head);
        body.stream().limit(Math.max(0, height - head.size() - 1)).forEach(lines::add);
        while (lines.size() < height - 1) {
            lines.add("");
        }
        lines.add(foot);
        return new Page(
                lines.stream()
                        .limit(height)
                        .map(line -> Printable.cut(line, width).stripTrailing())
                        .toList(),
                bright < 0 ? -1 : head.size() + bright,
                -1);
    }

    private List<String> head(Picture picture, State state) {
        String time = TIME.format(picture.at()) + "Z" + (state.isPaused() ? " stopped" : "");
        String counts = String.format(
                Locale.ROOT,
                "%d locks, %d vcpus, %d waiting, %d dead",
                picture.rows().size(),
                picture.vcpus().size(),
                picture.waiting(),
                picture.dead());
        String end = "  " + counts + "  " + time;
        String region = Printable.cut(Printable.of(picture.region().toString()), Math.max(8, width - end.length()));
        return List.of(region + end, rates(picture));
    }

    /** The kernel's events in words for people: all of them in 80 columns. */
    static String rates(Picture picture) {
        return "a second: "
                + String.join(
                        ", ",
                        rate(picture, "waits", LockEvent.LOCK_SLOWPATH),
                        rate(picture, "steals", LockEvent.PV_LOCK_STEALING),
                        rate(picture, "sleeps", LockEvent.PV_WAIT_NODE, LockEvent.PV_WAIT_HEAD),
                        rate(picture, "kicks", LockEvent.PV_KICK_UNLOCK),
                        rate(picture, "owners died", LockEvent.OWNER_DIED));
    }

    private static String rate(Picture picture, String what, LockEvent... events) {
        return Brief.count(Stream.of(events)
                        .mapToDouble(event -> picture.eventRates().getOrDefault(event.label(), 0.0))
                        .sum())
                + " " + what;
    }
}
