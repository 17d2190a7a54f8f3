package io.pvlock.tools.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** All locks written in Java that can take part: those of this package, and those that other jars of the class path provide. */
public final class Contenders {

    private Contenders() {}

    static List<ContenderProvider> providers() {
        List<ContenderProvider> providers =
                new ArrayList<>(List.of(new PvContenders(), new KindContenders(), new JavaContenders()));
        for (StatisticsContenders.Watching watching : StatisticsContenders.Watching.values()) {
            providers.add(new StatisticsContenders(watching));
        }
        ServiceLoader.load(ContenderProvider.class).forEach(providers::add);
        return providers;
    }

    /** Each name with its provider. */
    public static Map<String, ContenderProvider> byName() {
        Map<String, ContenderProvider> byName = new HashMap<>();
        for (ContenderProvider provider : providers()) {
            provider.names().forEach(name -> byName.put(name, provider));
            provider.namesOnRequest().forEach(name -> byName.put(name, provider));
        }
        return byName;
    }

    /** The names of all, ours first, then the others in Java, then those in C. */
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        providers().forEach(provider -> names.addAll(provider.names()));
        names.addAll(CPeers.NAMES);
        return names;
    }

    /** The same, and those that take part only where they are named. */
    public static List<String> allNames() {
        List<String> names = names();
        providers().forEach(provider -> names.addAll(provider.namesOnRequest()));
        return names;
    }
}
