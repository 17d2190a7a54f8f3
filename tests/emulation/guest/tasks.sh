# The tasks of an emulated machine, read by init. Each is a function; its status is 0 if all was as it should be.
here=/opt/pvlock
java=/usr/lib/jvm/java-17-openjdk-arm64/bin/java
region=/dev/shm/emulated.pvl
# An emulated machine is some thirty times slower: what takes that long has hung.
limit=900

run_java() {
    timeout -s KILL $limit "$java" @$here/jvm.flags $jvm -XX:+UseSerialGC -Xshare:auto "$@"
}

pvlock() {
    run_java -Dpvlock.home=$here -jar $here/pvlock-tools.jar "$@"
}

# All JVMs that follow start sooner with it; the package does this in a step that does not run without the machine.
task_share() {
    "$java" -Xshare:dump >/dev/null 2>&1
}

task_doctor() {
    pvlock -f $region run first -- true && pvlock -f $region doctor
}

task_demo() {
    pvlock demo --processes 2 --iterations 1000
}

# The owner is killed with its lock: the next one gets it and is told.
task_death() {
    pvlock -f $region run deploy -- sh -c 'echo held; exec sleep 600' >/tmp/held &
    until grep -qs held /tmp/held; do
        kill -0 $! || return 1
        sleep 1
    done
    # The JVM itself, not the command that waits for it. It is the only one.
    local owner second third
    owner=$(pgrep -x java)
    kill -KILL "$owner"
    wait $!
    pkill -x sleep
    # Its success repairs, so that the third is told nothing.
    second=$(pvlock -f $region run deploy -- sh -c 'echo $PVLOCK_OWNER_DIED')
    third=$(pvlock -f $region run deploy -- sh -c 'echo $PVLOCK_OWNER_DIED')
    echo "killed $owner; told the second: $second, the third: $third"
    pvlock -f $region fsck && [ "$second $third" = "1 0" ]
}

task_torture() {
    pvlock torture --kill --seconds 15 --processes 2 --threads 2 --locks 10
}

# MODULE [PATTERN]: its unit tests, as they are compiled, or those whose class is so named, with the patience of a slow machine.
# What only becomes longer by repeating is repeated a twentieth as often.
unit_tests() {
    local module=$1 pattern=${2:-.*Test}
    (
        mkdir -p "/tmp/$module/target" && cd "/tmp/$module" &&
            limit=5400 run_java -Dpvlock.jvm.flags.file=$here/jvm.flags -Dpvlock.test.watchdogSeconds=600 \
                -Dpvlock.test.slowness=20 -Dpvlock.schedules=50 -Dpvlock.killpoints -Djunit.jupiter.execution.timeout.mode=disabled \
                -cp "$here/lock-core/classes:$here/native/classes:$here/kit:$here/$module/test-classes:$(echo $here/test-lib/*.jar | tr ' ' :)" \
                org.junit.platform.console.ConsoleLauncher execute --scan-classpath "$here/$module/test-classes" \
                --include-classname "$pattern" --details=testfeed --details-theme=ascii --disable-ansi-colors --disable-banner
    )
}

task_native() {
    unit_tests native
}

# All but the next two.
task_core() {
    unit_tests lock-core '.*(?<!Contract|AccessSweep)Test'
}

# Each kind of lock, by threads that fight for it.
task_kinds() {
    unit_tests lock-core '.*ContractTest'
}

# Stopped before every access to the memory, in a few scenarios: as long as all others together.
task_accesses() {
    unit_tests lock-core '.*AccessSweepTest'
}

# What C2 makes of the ordered pairs, as it stands in memory; disassemble.sh makes it readable, on the machine that has this log.
task_code() {
    local method print=()
    for method in internal.object.WriterWord::changeVersion internal.object.WriterWord::tryOptimisticRead \
        internal.object.WriterWord::validate internal.object.WriterWord::put internal.object.ReadHolds::put \
        internal.object.ReadHolds::leave internal.object.SingleWriter::set internal.object.SequenceLocking::begin \
        internal.sequence.SequenceCount::beginWrite internal.sequence.SequenceCount::read internal.sequence.SequenceCount::retry \
        internal.sequence.SequenceCount::endWrite SharedLock::lock SharedLock::unlock core.PvQSpinLock::casCell core.VcpuTable::casGrant core.VcpuTable::casNodeState \
        core.VcpuTable::haltVolatile; do
        print+=("-XX:CompileCommand=quiet" "-XX:CompileCommand=print,io.pvlock.$method"
            "-XX:CompileCommand=dontinline,io.pvlock.$method")
    done
    run_java -XX:-TieredCompilation -XX:-BackgroundCompilation -XX:CompileThreshold=500 -XX:+UnlockDiagnosticVMOptions \
        "${print[@]}" -cp "$here/pairs:$here/pvlock-tools.jar:$(echo $here/lib/*.jar | tr ' ' :)" OrderedPairs /dev/shm/pairs.pvl
}
