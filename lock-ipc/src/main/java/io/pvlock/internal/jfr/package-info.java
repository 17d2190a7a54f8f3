/**
 * Events of a flight recording, JDK Flight Recorder's. Nobody else knows of that module, which a Java runtime may be without: then, and
 * until a recording has been started in this process, nothing here is loaded but {@link io.pvlock.internal.jfr.FlightRecording}.
 */
package io.pvlock.internal.jfr;
