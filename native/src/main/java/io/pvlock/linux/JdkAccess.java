package io.pvlock.linux;

import static java.lang.invoke.MethodType.methodType;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;

/**
 * Gives the libraries below what they need of the JDK, so that no JVM flag has to be passed: a package of {@code java.base}, and
 * the use of native code without a warning. Nothing is done where a flag or a manifest has given it. It gives to the one module that
 * needs it, and may be called any number of times, by any thread.
 *
 * <p>It goes past the module system, see {@link TrustedLookup}; {@code -Dpvlock.openJdk=false} forbids it. And what somebody has said about
 * native access on the command line stands: then nothing is done about that.
 */
public final class JdkAccess {

    /** System property: false leaves everything to the JVM's flags. */
    public static final String PROPERTY = "pvlock.openJdk";

    /** For messages: how a flag gets to the JVM. */
    public static final String HOW_TO_PASS =
            "put it on the java command line before -jar or the main class, into an argument"
                    + " file (java @FILE ...), or into the environment variable JDK_JAVA_OPTIONS";

    /** The first JDK that warns of native access. */
    private static final int WARNS_OF_NATIVE_ACCESS = 24;

    private JdkAccess() {}

    /**
     * Makes the JDK export a package of {@code java.base} to a module.
     *
     * @return why that has failed; empty if the package is exported
     */
    public static String export(String packageName, Module user) {
        Module base = Object.class.getModule();
        if (base.isExported(packageName, user)) {
            return "";
        }
        return attempt(trusted -> {
            MethodType type = methodType(void.class, String.class, Module.class);
            trusted.findVirtual(Module.class, "implAddExports", type).invokeExact(base, packageName, user);
        });
    }

    /** Whether nothing is to be asked for: {@code java.base} exports it, or is of a JDK that does not have it any more. */
    public static boolean isExported(String packageName, Module user) {
        Module base = Object.class.getModule();
        return !base.getPackages().contains(packageName) || base.isExported(packageName, user);
    }

    /** What a flag calls a module. */
    public static String nameInFlags(Module user) {
        return user.isNamed() ? user.getName() : "ALL-UNNAMED";
    }

    /**
     * Keeps the JVM from warning when {@code user} loads native code by JNI; to be called before that.
     *
     * @return why that has failed; empty if there is nothing to warn of, or if somebody wants to be warned
     */
    static String enableNativeAccess(Module user) {
        return loadsQuietly(user) ? "" : grantNativeAccess(user);
    }

    /** Whether the JVM says nothing when {@code user} loads native code by JNI. */
    static boolean loadsQuietly(Module user) {
        return Runtime.version().feature() < WARNS_OF_NATIVE_ACCESS || isNativeAccessEnabled(user);
    }

    /** The same for {@code java.lang.foreign}, of which Java warns from 22 on; for a module that has it not. */
    static String grantNativeAccess(Module user) {
        return attempt(trusted -> {
            if (isSaidOnCommandLine(trusted)) {
                return;
            }
            if (user.isNamed()) {
                Module unused = (Module)
                        trusted.findVirtual(Module.class, "implAddEnableNativeAccess", methodType(Module.class))
                                .invokeExact(user);
            } else {
                // The JDK knows one right for all unnamed modules.
                trusted.findStatic(Module.class, "implAddEnableNativeAccessToAllUnnamed", methodType(void.class))
                        .invokeExact();
            }
        });
    }

    /** {@code Module.isNativeAccessEnabled()}, which Java 17 does not have. */
    private static boolean isNativeAccessEnabled(Module user) {
        try {
            MethodHandle enabled = MethodHandles.publicLookup()
                    .findVirtual(Module.class, "isNativeAccessEnabled", methodType(boolean.class));
            return (boolean) enabled.invokeExact(user);
        } catch (Throwable e) {
            throwIfFatal(e);
            return false;
        }
    }

    private static boolean isSaidOnCommandLine(Lookup trusted) throws Throwable {
        MethodType type = methodType(String[].class);
        Class<?> vm = Class.forName("jdk.internal.misc.VM", false, null);
        String[] arguments =
                (String[]) trusted.findStatic(vm, "getRuntimeArguments", type).invokeExact();
        // Null if there is none.
        if (arguments != null) {
            for (String argument : arguments) {
                if (argument.startsWith("--enable-native-access") || argument.startsWith("--illegal-native-access")) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String attempt(Step step) {
        if (!Boolean.parseBoolean(System.getProperty(PROPERTY, "true"))) {
            return "-D" + PROPERTY + "=false forbids to do without";
        }
        try {
            step.take(TrustedLookup.find());
            return "";
        } catch (Throwable e) {
            throwIfFatal(e);
            return "this JVM does not allow to do without: " + e;
        }
    }

    private static void throwIfFatal(Throwable e) {
        if (e instanceof VirtualMachineError fatal) {
            throw fatal;
        }
    }

    private interface Step {
        void take(Lookup trusted) throws Throwable;
    }
}
