package io.pvlock.tools.bench;

import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.Vcpu;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The other kinds of lock of a region. Not with the PV locks: the profile of what they share is no longer that of one kind. */
public final class KindContenders implements ContenderProvider {

    private LockRegion region;
    private Vcpu me;

    @Override
    public String family() {
        return "kinds";
    }

    @Override
    public List<String> names() {
        return Arrays.stream(LockKind.values())
                .filter(kind -> kind != LockKind.PV)
                .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    @Override
    public Contender open(String name, Place place) {
        if (region == null) {
            region = PvContenders.openRegion(place.directory());
            me = region.attach();
        }
        LockKind kind = LockKind.valueOf(name.toUpperCase(Locale.ROOT));
        return new PvContenders.Explicit(
                region.lock(name, LockOptions.defaults().kind(kind)), me);
    }
}
