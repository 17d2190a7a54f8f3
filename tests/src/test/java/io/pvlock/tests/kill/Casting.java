package io.pvlock.tests.kill;

/**
 * Which process is written in what.
 *
 * @param first of the survivors: where the owner, the spinner and the newcomer are
 * @param second of the survivors: where the sleepers are
 */
record Casting(Language victim, Language first, Language second) {

    static final Casting ALL_IN_JAVA = new Casting(Language.JAVA, Language.JAVA, Language.JAVA);
}
