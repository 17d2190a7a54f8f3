package io.pvlock.tools;

import java.nio.file.Path;

/** All commands at a region, one after the other in one process, each with its status. For a process that is not as others are. */
final class AllCommands {

    private AllCommands() {}

    /** @param args the region, or --help for the help of all */
    public static void main(String[] args) {
        if (args[0].equals("--help")) {
            CommandRow.all().forEach(row -> Main.commandLine().execute(row.name(), "--help"));
            return;
        }
        CommandRow.ofRegions().forEach(row -> {
            Object[] line = row.line(Path.of(args[0]));
            String[] words = new String[line.length];
            for (int i = 0; i < line.length; i++) {
                words[i] = line[i].toString();
            }
            int status = Main.commandLine().execute(words);
            System.err.flush();
            System.out.println("status of " + row.name() + ": " + status);
        });
    }
}
