/** The {@code pvlock} command line. */
// Agrona and HdrHistogram have no descriptor.
@SuppressWarnings("requires-automatic")
module io.pvlock.tools {
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.jr.ob;
    requires HdrHistogram;
    requires info.picocli;
    requires io.prometheus.metrics.model;
    requires io.prometheus.writer.text;
    requires io.pvlock;
    requires io.pvlock.core;
    requires io.pvlock.linux;
    requires java.logging;
    requires java.management;
    requires jdk.httpserver;
    requires org.agrona;
    requires org.jline;

    uses io.pvlock.linux.FileMapper;
    uses io.pvlock.tools.CommandProvider;
    uses io.pvlock.tools.bench.ContenderProvider;

    // It finds the commands and their options by reflection.
    opens io.pvlock.tools to
            info.picocli;
    opens io.pvlock.tools.command to
            info.picocli;
}
