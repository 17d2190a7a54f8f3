package io.pvlock.tools.top;

import io.pvlock.tools.view.RegionJson;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A picture for where there is no terminal: text without end, or for programs. */
public final class PlainPicture {

    private static final int MAX_ROWS = 40;

    private final Picture picture;
    private final List<LockRow> rows;

    PlainPicture(Picture picture, List<LockRow> rows) {
        this.picture = picture;
        this.rows = rows;
    }

    /** What stands above the list. */
    public List<String> head() {
        return List.of(
                String.format(
                        Locale.ROOT,
                        "%s  %d vcpus, %d waiting, %d dead",
                        picture.region(),
                        picture.vcpus().size(),
                        picture.waiting(),
                        picture.dead()),
                Lines.rates(picture));
    }

    /** The titles of the columns. */
    public static String[] titles() {
        return Arrays.stream(Column.values()).map(Column::title).toArray(String[]::new);
    }

    /** The cells of the first rows. */
    public List<Object[]> rows() {
        return rows.stream()
                .limit(MAX_ROWS)
                .map(row -> Arrays.stream(Column.values())
                        .map(column -> column.cell(row))
                        .toArray())
                .toList();
    }

    /** For JSON: all rows. */
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("region", picture.region().toString());
        json.put("at", picture.at().toString());
        json.put("vcpus", picture.vcpus().size());
        json.put("waiting", picture.waiting());
        json.put("dead", picture.dead());
        json.put("eventsPerSecond", picture.eventRates());
        json.put("locks", rows.stream().map(PlainPicture::json).toList());
        return json;
    }

    private static Map<String, Object> json(LockRow row) {
        Map<String, Object> json = RegionJson.of(row.lock());
        json.put("acquisitionsPerSecond", row.perSecond() < 0 ? null : row.perSecond());
        json.put("contendedPart", row.contended() < 0 ? null : row.contended());
        return json;
    }
}
