package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class DescriptorsTest {

    /** Says on standard error what it knows of its standard output, until that has no reader. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) throws InterruptedException {
            Linux.ensureLoaded();
            System.err.println(Descriptors.isReaderGone(Descriptors.STANDARD_OUTPUT));
            System.out.println("go on");
            while (args.length > 0 && !Descriptors.isReaderGone(Descriptors.STANDARD_OUTPUT)) {
                Thread.sleep(1);
            }
            System.err.println(Descriptors.isReaderGone(Descriptors.STANDARD_OUTPUT));
        }
    }

    @Test
    void aPipeThatNobodyReads() throws Exception {
        Command writer = TestJvm.of(Writer.class)
                .under(List.of("sh", "-c", "\"$@\" | head -n 1", "sh"))
                .run("until it is gone");
        assertThat(writer.out()).isEqualTo("go on\n");
        assertThat(writer.err()).isEqualTo("false\ntrue\n");
    }

    @Test
    void aFileIsAlwaysRead() throws Exception {
        assertThat(TestJvm.of(Writer.class).run().ok().err()).isEqualTo("false\nfalse\n");
    }
}
