package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.lang.reflect.Field;
import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void namesWithNumber() {
        assertThat(Errno.name(11)).isEqualTo("EAGAIN (11)");
        assertThat(Errno.name(1)).isEqualTo("EPERM (1)");
        assertThat(Errno.name(40)).isEqualTo("ELOOP (40)");
        assertThat(Errno.name(130)).isEqualTo("EOWNERDEAD (130)");
    }

    @Test
    void unknownNumbersStayNumbers() {
        assertThat(Errno.name(0)).isEqualTo("errno 0");
        assertThat(Errno.name(-11)).isEqualTo("errno -11");
        assertThat(Errno.name(4000)).isEqualTo("errno 4000");
    }

    @Test
    void everyConstantHasItsOwnName() throws IllegalAccessException {
        for (Field constant : Errno.class.getFields()) {
            int value = constant.getInt(null);
            assertThat(Errno.name(value)).isEqualTo(constant.getName() + " (" + value + ")");
        }
    }

    @Test
    void namesAreThoseOfLibc() {
        Function strerrorname = NativeLibrary.getInstance("libc.so.6").getFunction("strerrorname_np");
        for (int errno = 1; errno <= 131; errno++) {
            String name = Errno.name(errno);
            if (!name.startsWith("errno ")) {
                assertThat(name).isEqualTo(strerrorname.invokeString(new Object[] {errno}, false) + " (" + errno + ")");
            }
        }
    }
}
