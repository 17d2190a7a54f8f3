package io.pvlock.tests.jcstress;

import java.lang.reflect.Field;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.Main;
import org.openjdk.jcstress.vm.VMSupport;

/**
 * jcstress, which on a JDK that has biased locking runs each test twice, with it and without. Nothing here locks an object, so that
 * says the same thing twice. It has no option for it, so its finding is taken back as soon as it has it: it asks some twenty JVMs
 * more, one after the other, before it looks.
 */
final class JcstressMain {

    private JcstressMain() {}

    public static void main(String[] args) throws Exception {
        Field found = VMSupport.class.getDeclaredField("BIASED_LOCKING_AVAILABLE");
        found.setAccessible(true);
        Thread taker = new Thread(() -> takeBack(found), "no biased locking");
        taker.setDaemon(true);
        taker.start();
        Main.main(args);
    }

    private static void takeBack(Field found) {
        try {
            while (!found.getBoolean(null)) {
                TimeUnit.MILLISECONDS.sleep(5);
            }
            found.setBoolean(null, false);
        } catch (IllegalAccessException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
