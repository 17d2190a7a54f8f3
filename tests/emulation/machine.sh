#!/usr/bin/env bash
# Runs pvlock on an emulated arm64 machine. No part of verify; docs/machines.md has what it showed.
#   machine.sh make DIR                           once: the system (Debian 12), and Debian 13's kernel with 16K pages
#   machine.sh project DIR                        after each build: the commands and the compiled unit tests
#   machine.sh boot DIR PAGES CPU SECONDS TASK... one machine: PAGES 4k or 16k, CPU max, max-llsc or cortex-a72, TASK of guest/tasks.sh
#   machine.sh all DIR [TASK...]                  make and project where they are missing, then all four machines in turn
# Needs root on Debian, for apt and for a root file system that has owners. Not qemu's user mode: it has no robust lists.
# max has the compare-and-set instructions of ARMv8.1 (LSE); cortex-a72 has load-linked and store-conditional only, and no pages of 16K.
# So max-llsc is max, with a JVM that is told to do without LSE.
set -euo pipefail
here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
root=$(cd -- "$here/../.." && pwd)

usage() {
    sed -n '3,6s/^# *//p' "$0" >&2
    exit 2
}

packages=bash,coreutils,util-linux,mount,libc6,libc-bin,grep,sed,findutils,procps,kmod,iproute2,strace,busybox
packages+=,openjdk-17-jre-headless,linux-image-arm64

# What a first stage needs to find its disks, in the order in which it loads them.
modules="virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_mmio virtio_blk
    crc16 crc32c_generic libcrc32c crc32c-cryptoapi mbcache jbd2 ext4"

make_system() {
    mkdir -p "$1"
    cd -- "$1"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends \
        qemu-system-arm mmdebstrap cpio xz-utils e2fsprogs
    # This variant unpacks and runs nothing: a machine of another kind can do it.
    [[ -d system ]] || mmdebstrap --quiet --arch=arm64 --variant=extract --include=$packages bookworm system
    [[ -d debian-16k ]] || kernel_16k
    mkdir -p system/opt/pvlock
    ln -sf bash system/bin/sh
    first_stage system 4k
    first_stage debian-16k 16k
    truncate -s 1500M system.img
    mkfs.ext4 -q -F -d system system.img
}

# With lists of its own: the machine that this runs on keeps its release.
kernel_16k() {
    local lists=$PWD/apt package
    mkdir -p "$lists"/{lists,cache/archives}/partial
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main" \
        >"$lists/sources.list"
    cat >"$lists/apt.conf" <<CONF
Dir::Etc::sourcelist "$lists/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$lists/lists";
Dir::Cache "$lists/cache";
APT::Architecture "arm64";
APT::Architectures {"arm64";};
APT::Sandbox::User "root";
CONF
    export APT_CONFIG=$lists/apt.conf
    apt-get -qq update
    package=$(apt-cache depends linux-image-arm64-16k | sed -n 's/^ *Depends: //p')
    (cd -- "$lists" && apt-get -qq download "$package")
    unset APT_CONFIG
    dpkg -x "$lists/$package"_*.deb debian-16k
}

first_stage() {
    local from=$1 name=$2 stage module file number=10
    stage=$(mktemp -d)
    mkdir -p "$stage"/{bin,lib,dev,proc,sys,mnt,modules}
    cp system/bin/busybox "$stage/bin/"
    cp -L system/lib/ld-linux-aarch64.so.1 "$stage/lib/"
    mkdir "$stage/lib/aarch64-linux-gnu"
    cp -L system/lib/aarch64-linux-gnu/{libc.so.6,libresolv.so.2} "$stage/lib/aarch64-linux-gnu/"
    for module in $modules; do
        # A kernel that has it built in has no such file. xz -f copies what is not compressed.
        file=$(find "$from" -path '*/lib/modules/*' -name "$module.ko*" -print -quit)
        [[ -n $file ]] || continue
        number=$((number + 1))
        xz -dcf "$file" >"$stage/modules/$number-$module.ko"
    done
    install -m 755 "$here/guest/first-stage" "$stage/init"
    (cd -- "$stage" && find . | cpio --quiet -o -H newc) >"first-stage-$name"
    rm -r "$stage"
    cp "$from"/boot/vmlinuz-* "kernel-$name"
}

make_project() {
    local dir=$1 files
    [[ -d $dir ]] || usage
    dir=$(cd -- "$dir" && pwd)
    cd -- "$root"
    ./mvnw -q -B -ntp -Djdk25.skip -DskipTests package
    files=$dir/project
    rm -rf "$files"
    mkdir -p "$files"/{test-lib,native,lock-core}
    cp -r lock-tools/target/{pvlock-tools.jar,lib} lock-tools/src/main/jvm.flags "$here"/guest/{init,tasks.sh} "$files"
    # The driver of the task that prints machine code.
    javac --release 17 -d "$files/pairs" -cp "lock-tools/target/pvlock-tools.jar:$(echo lock-tools/target/lib/*.jar | tr ' ' :)" \
        "$here/guest/OrderedPairs.java"
    cp -r native/target/{classes,test-classes} "$files/native"
    cp -r lock-core/target/{classes,test-classes} "$files/lock-core"
    cp -r tests/kit/target/classes "$files/kit"
    ./mvnw -q -B -ntp -Djdk25.skip -pl native,lock-core -am compile dependency:copy-dependencies -DincludeScope=test \
        -DexcludeGroupIds=io.pvlock -DoutputDirectory="$files/test-lib"
    # Runs tests without Maven; of the version of the JUnit that the modules use.
    ./mvnw -q -B -ntp -N dependency:copy -DoutputDirectory="$files/test-lib" \
        -Dartifact="org.junit.platform:junit-platform-console-standalone:1$(junit_version)"
    truncate -s 100M "$dir/project.img"
    mkfs.ext4 -q -F -d "$files" "$dir/project.img"
}

# 5.14.4 gives .14.4: the platform counts its versions from 1.
junit_version() {
    sed -n 's|.*<junit.version>5\(.*\)</junit.version>.*|\1|p' build/pom.xml
}

boot() {
    (($# >= 5)) || usage
    local dir=$1 pages=$2 cpu=$3 seconds=$4
    shift 4
    local tasks=${*// /,} jvm=
    [[ $cpu != max-llsc ]] || jvm=-XX:-UseLSE cpu=max
    # Without these two, max spends most of its time on emulating pointer authentication and wide vectors.
    [[ $cpu == max ]] && cpu=max,pauth-impdef=on,sve=off
    cd -- "$dir"
    # The disks are as they were for each start: what a machine writes is gone with it.
    nice -n 10 timeout -k 5 "$seconds" qemu-system-aarch64 -M virt,gic-version=3 -cpu "$cpu" -smp 2 -m 3072 \
        -accel tcg,thread=multi,tb-size=512 -nographic -nic none -no-reboot \
        -kernel "kernel-$pages" -initrd "first-stage-$pages" \
        -drive file=system.img,if=none,id=system,format=raw,snapshot=on -device virtio-blk-pci,drive=system \
        -drive file=project.img,if=none,id=project,format=raw,snapshot=on -device virtio-blk-pci,drive=project \
        -append "console=ttyAMA0 quiet loglevel=4 nokaslr mitigations=off panic=-1 now=$(date +%s) tasks=${tasks// /,}${jvm:+ jvm=$jvm}" \
        </dev/null | sed -u 's/\r$//'
}

all() {
    local dir=$1
    shift
    (($# > 0)) || set -- share doctor demo death torture native core kinds accesses
    [[ -f $dir/system.img ]] || (make_system "$dir")
    [[ -f $dir/project.img ]] || (make_project "$dir")
    local machine pages cpu
    for machine in 4k-max 4k-cortex-a72 16k-max 16k-max-llsc; do
        pages=${machine%%-*} cpu=${machine#*-}
        printf '== %s pages, %s: %s/log-%s\n' "$pages" "$cpu" "$dir" "$machine"
        boot "$dir" "$pages" "$cpu" 14400 "$@" >"$dir/log-$machine" || true
        sed -n '/^## \(UP\|END\|DOWN\)/p' "$dir/log-$machine"
    done
}

(($# >= 2)) || usage
case $1 in
    make) make_system "$2" ;;
    project) make_project "$2" ;;
    boot | all) "$@" ;;
    *) usage ;;
esac
