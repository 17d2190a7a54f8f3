package io.pvlock.nativec;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tests that are in C, with the compiler's sanitizers looking on. */
@Timeout(value = 1200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SanitizersIT {

    @ParameterizedTest
    @ValueSource(strings = {"address,undefined", "thread"})
    void nothingIsFound(String sanitizers) throws IOException, InterruptedException {
        CBuild.assumeThere();
        assumeTrue(links(sanitizers), "the compiler has no -fsanitize=" + sanitizers);
        System.out.println(CBuild.make("c-" + sanitizers.replace(',', '-'), "SANITIZE=" + sanitizers, "test"));
    }

    private static boolean links(String sanitizers) throws IOException, InterruptedException {
        String command =
                "echo 'int main(void) { return 0; }' | ${CC:-cc} -fsanitize=" + sanitizers + " -xc -o /dev/null -";
        return new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor() == 0;
    }
}
