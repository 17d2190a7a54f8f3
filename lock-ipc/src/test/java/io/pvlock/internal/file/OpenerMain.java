package io.pvlock.internal.file;

import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.core.KillPoint;
import io.pvlock.core.Participant;
import io.pvlock.kit.ChildJvm;
import io.pvlock.testing.RegionFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * Opens, in a JVM of its own, the region of each line {@code MAPPING DATABYTES PATH}; counts in its first data word
 * and answers {@code OK regionId} or {@code CATEGORY message}. With kill points it says {@code FILLED} instead, and goes no further,
 * when the file of a new region is complete but has no name.
 */
final class OpenerMain {

    private OpenerMain() {}

    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        if (KillPoint.ENABLED) {
            KillPoint.handler(OpenerMain::stopWhenFilled);
        }
        answer("READY");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            answer(open(line.split(" ", 3)));
        }
    }

    private static void answer(String line) {
        System.out.println(ChildJvm.MARK + line);
    }

    private static void stopWhenFilled(KillPoint point, Participant participant) {
        if (point == KillPoint.TEMP_FILLED) {
            answer("FILLED");
            while (true) {
                LockSupport.park();
            }
        }
    }

    private static String open(String[] words) {
        try {
            RegionOptions options = RegionFiles.SMALL
                    .mapping(RegionOptions.Mapping.valueOf(words[0]))
                    .dataBytes(Integer.parseInt(words[1]));
            RegionFile region = RegionFile.openOrCreate(Path.of(words[2]), options);
            region.memory().getAndAddInt(region.layout().dataOffset(), 1);
            return "OK " + region.header().regionId();
        } catch (RegionException e) {
            return e.category() + " " + e.getMessage();
        }
    }
}
