package io.pvlock.cluster.agent;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Who stands in the queue of a lock. The session is in the name: a node is found again after a connection was lost, and one of a session
 * that is dying is not taken for one's own.
 */
public record QueueNode(String name, String host, String session, int number) {

    private static final char GAP = '~';

    /** Numbers come from one counter, which may have wrapped: of two that stand there at once the difference is small. */
    private static final Comparator<QueueNode> IN_ORDER = (a, b) -> a.number - b.number;

    static String prefix(String host, String session) {
        return host + GAP + session + GAP;
    }

    static Optional<QueueNode> parse(String name) {
        int second = name.lastIndexOf(GAP);
        int first = second < 0 ? -1 : name.lastIndexOf(GAP, second - 1);
        if (first < 1) {
            return Optional.empty();
        }
        try {
            int number = Integer.parseInt(name.substring(second + 1));
            return Optional.of(
                    new QueueNode(name, name.substring(0, first), name.substring(first + 1, second), number));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Those among {@code names}, the first one first; what else may be there is nobody's. */
    public static List<QueueNode> inOrder(List<String> names) {
        return names.stream()
                .map(QueueNode::parse)
                .flatMap(Optional::stream)
                .sorted(IN_ORDER)
                .toList();
    }
}
