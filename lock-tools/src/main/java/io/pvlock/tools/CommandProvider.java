package io.pvlock.tools;

import io.pvlock.tools.command.RegionFileOption;

/** Brings a command of another module, if that is on the class path; found as a service. */
public interface CommandProvider {

    /**
     * The command, as picocli wants it.
     *
     * @param region the option that all commands have
     */
    Object command(RegionFileOption region);
}
