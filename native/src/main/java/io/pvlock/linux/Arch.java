package io.pvlock.linux;

/** What differs between the supported processor architectures: names, sizes of libc's types and flags; of the system calls see {@link SystemCalls}. */
enum Arch {
    X86_64("amd64", "x86_64-linux-gnu", "linux-x86-64", 40, 0x2_0000),
    AARCH64("aarch64", "aarch64-linux-gnu", "linux-aarch64", 48, 0x8000);

    /** The value of the system property {@code os.arch}. */
    final String javaName;

    /** The directory of its libraries, on systems that keep several architectures apart. */
    final String multiarch;

    /** The directory of JNA's library in its jar. */
    final String jnaDirectory;

    /** {@code sizeof(pthread_mutex_t)} of glibc, in bytes. */
    final int mutexBytes;

    /** The flag O_NOFOLLOW of open(2). */
    final int noFollow;

    Arch(String javaName, String multiarch, String jnaDirectory, int mutexBytes, int noFollow) {
        this.javaName = javaName;
        this.multiarch = multiarch;
        this.jnaDirectory = jnaDirectory;
        this.mutexBytes = mutexBytes;
        this.noFollow = noFollow;
    }

    /** The architecture of this JVM, or a {@link LinuxUnsupportedException} for any other system. */
    static Arch current() {
        return of(System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    static Arch of(String osName, String osArch) {
        if ("Linux".equals(osName)) {
            for (Arch arch : values()) {
                if (arch.javaName.equals(osArch)) {
                    return arch;
                }
            }
        }
        throw new LinuxUnsupportedException(
                "needs Linux on amd64 or aarch64, but this JVM runs on " + osName + " " + osArch);
    }
}
