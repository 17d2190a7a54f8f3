package io.pvlock.tools.web;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The last points of one lock, or of all together: what a page draws before anything new has happened. Of one thread. */
final class Series {

    static final int MAX_POINTS = 600;

    private final Deque<Point> points = new ArrayDeque<>();

    void add(Point point) {
        points.add(point);
        if (points.size() > MAX_POINTS) {
            points.remove();
        }
    }

    List<Point> points() {
        return List.copyOf(points);
    }

    /** By columns, as charts want them. */
    static Map<String, Object> json(List<Point> points) {
        Map<String, Object> json = new LinkedHashMap<>();
        column(json, "at", points, Point::at);
        column(json, "acquisitions", points, Point::acquisitions);
        column(json, "contended", points, Point::contended);
        column(json, "steals", points, Point::steals);
        column(json, "kicks", points, Point::kicks);
        column(json, "waiting", points, Point::waiting);
        column(json, "p50Ns", points, Point::p50Ns);
        column(json, "p99Ns", points, Point::p99Ns);
        column(json, "maxNs", points, Point::maxNs);
        return json;
    }

    private static void column(
            Map<String, Object> json, String name, List<Point> points, Function<Point, Object> value) {
        List<Object> column = new ArrayList<>();
        points.forEach(point -> column.add(value.apply(point)));
        json.put(name, column);
    }
}
