package io.pvlock.embedding;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * As a container that deploys a program {@code args[2]} times: opens and closes the region {@code args[3]} in so many class loaders,
 * each with its own copy of the jars {@code args[1]}, above one that has the jars {@code args[0]} for all. Says how many loaders are
 * left when the garbage collector has nothing more to do.
 */
public final class LoadersMain {

    /** Of a leak. JNA's own thread goes when it has had nothing to do for 30 s. */
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(400);

    private LoadersMain() {}

    public static void main(String[] args) throws Exception {
        ClassLoader shared = new URLClassLoader(urls(args[0]), ClassLoader.getPlatformClassLoader());
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[2]); i++) {
            loaders.add(deploy(urls(args[1]), shared, args[3]));
        }
        long begin = System.nanoTime();
        while (left(loaders) > 0 && System.nanoTime() - begin < PATIENCE_NS) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(100);
        }
        System.out.println(left(loaders) + " left");
    }

    private static WeakReference<ClassLoader> deploy(URL[] jars, ClassLoader shared, String region) throws Exception {
        Thread.currentThread().setContextClassLoader(null);
        try (URLClassLoader loader = new URLClassLoader(jars, shared)) {
            Thread.currentThread().setContextClassLoader(loader);
            loader.loadClass(BareMain.class.getName())
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) new String[] {region});
            return new WeakReference<>(loader);
        } finally {
            Thread.currentThread().setContextClassLoader(null);
        }
    }

    private static long left(List<WeakReference<ClassLoader>> loaders) {
        return loaders.stream().filter(loader -> loader.get() != null).count();
    }

    private static URL[] urls(String path) {
        return Arrays.stream(path.split(File.pathSeparator))
                .map(LoadersMain::url)
                .toArray(URL[]::new);
    }

    private static URL url(String entry) {
        try {
            return Path.of(entry).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(entry, e);
        }
    }
}
