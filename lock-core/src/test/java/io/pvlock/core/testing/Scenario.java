package io.pvlock.core.testing;

import io.pvlock.core.KillPoint;
import io.pvlock.core.WaitPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A script for a {@link StepDriver}, run with one actor stopped somewhere on its way.
 *
 * <p>Each word is an operation, an actor and, where it matters, a cell: {@code L2b} lock (interruptibly), {@code T2b} tryLock, {@code U2b} unlock,
 * {@code I2} interrupt, {@code K2} wake for no reason, {@code C2} wake believing that it was called ahead, {@code D2} die; {@code W} lets time pass. The cell defaults to {@code a}. After each
 * word everybody runs who can; several at once are joined by a plus sign. A word that makes no sense any more, because somebody died or stopped, is skipped.
 */
public record Scenario(String name, WaitPolicy policy, int actors, int cells, String script) {

    /** Where an actor can be stopped. */
    public enum Grain {
        /** At every kill point. */
        KILL_POINT,
        /** Before every access to the memory. */
        ACCESS
    }

    /** What becomes of the stopped actor. */
    public enum Fate {
        /** It is killed, which is known at once. */
        DIES,
        /** It is killed, which is known only later. */
        DIES_UNNOTICED,
        /** It goes on later. */
        GOES_ON,
        /** Something that it calls throws, and it goes on. */
        THROWS
    }

    /**
     * An actor's stop.
     *
     * @param actor who stops; -1 for nobody
     * @param hit at which of all the places that it comes by, counted from 0
     * @param until before which word of the script its fate is sealed
     */
    public record Stop(int actor, int hit, Fate fate, int until) {
        public static final Stop NONE = new Stop(-1, 0, Fate.GOES_ON, 0);
    }

    /**
     * What happened.
     *
     * @param hits the places that each actor came by, in order; null for an access
     * @param stopWord during which word of the script the stop came; -1 if never
     */
    public record Run(List<List<KillPoint>> hits, int stopWord) {}

    /** Plays the script, and then checks that all survivors can go on and that nothing is left behind. */
    public Run play(Grain grain, Stop stop) {
        try (StepDriver driver = new StepDriver(actors, cells, policy)) {
            return new Play(driver, grain, stop).play(script.split(" "));
        } catch (AssertionError e) {
            throw new AssertionError(
                    name + ": " + script + ", " + policy + ", " + grain + ", " + stop + "\n" + e.getMessage(), e);
        }
    }

    private static final class Play {
        private final StepDriver driver;
        private final Grain grain;
        private final Stop stop;
        private final List<List<KillPoint>> hits = new ArrayList<>();
        private boolean stopped;
        private int word;
        private int stopWord = -1;

        Play(StepDriver driver, Grain grain, Stop stop) {
            this.driver = driver;
            this.grain = grain;
            this.stop = stop;
            for (int i = 0; i < driver.actorCount(); i++) {
                hits.add(new ArrayList<>());
            }
        }

        Run play(String[] words) {
            for (word = 0; word < words.length; word++) {
                sealFate();
                for (String part : words[word].split("\\+")) {
                    perform(part);
                }
                settle();
            }
            sealFate();
            settle();
            driver.finishAndCheckClean();
            return new Run(hits, stopWord);
        }

        private void sealFate() {
            if (stopped && word >= stop.until()) {
                stopped = false;
                if (stop.fate() != Fate.GOES_ON) {
                    driver.actor(stop.actor()).die();
                }
                settle();
            }
        }

        private void perform(String text) {
            if (text.equals("W")) {
                for (int i = 0; i < driver.actorCount(); i++) {
                    if (driver.actor(i).awaitsTime()) {
                        run(driver.actor(i));
                    }
                }
                return;
            }
            Actor actor = driver.actor(text.charAt(1) - '0');
            int cell = text.length() > 2 ? text.toLowerCase(Locale.ROOT).charAt(2) - 'a' : 0;
            if (actor.isGone() || stopped && actor.index() == stop.actor()) {
                return;
            }
            switch (text.charAt(0)) {
                case 'L' -> {
                    if (actor.isIdle() && driver.holder(cell) != actor.index()) {
                        actor.lockInterruptibly(cell);
                    }
                }
                case 'T' -> {
                    if (actor.isIdle() && driver.holder(cell) != actor.index()) {
                        actor.tryLock(cell);
                    }
                }
                case 'U' -> {
                    if (actor.isIdle() && driver.holder(cell) == actor.index()) {
                        actor.unlock(cell);
                    }
                }
                case 'I' -> {
                    if (actor.isInterruptible()) {
                        actor.interrupt();
                    }
                }
                case 'K' -> actor.kick();
                case 'C' -> {
                    driver.call(actor, cell);
                    actor.kick();
                }
                case 'D' -> actor.die();
                default -> throw new IllegalArgumentException(text);
            }
        }

        private void settle() {
            boolean moved = true;
            while (moved) {
                moved = false;
                for (int i = 0; i < driver.actorCount(); i++) {
                    Actor actor = driver.actor(i);
                    while (actor.isRunnable() && !(stopped && i == stop.actor())) {
                        run(actor);
                        moved = true;
                    }
                }
            }
        }

        private void run(Actor actor) {
            List<KillPoint> passed = hits.get(actor.index());
            actor.runUntil(point -> {
                if ((point == null) != (grain == Grain.ACCESS)) {
                    return false;
                }
                passed.add(point);
                return actor.index() == stop.actor() && passed.size() - 1 == stop.hit();
            });
            if (actor.isStopped() && stop.fate() == Fate.THROWS) {
                if (actor.throwThere()) {
                    stopWord = word;
                }
            } else if (actor.isStopped()) {
                stopWord = word;
                stopped = stop.fate() != Fate.DIES;
                if (!stopped) {
                    actor.die();
                }
            }
        }
    }
}
