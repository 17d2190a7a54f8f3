package io.pvlock.internal.slot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.RegionException;
import io.pvlock.linux.Libpvlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In a JVM with kill points, which the library of the jar has not. */
@Timeout(60)
class SlowPathChoiceTest {

    @Test
    void javaIsJava() {
        SlowPathChoice choice = SlowPathChoice.of("java");

        assertThat(choice.isNative()).isFalse();
        assertThat(choice.isWanted()).isTrue();
        assertThat(choice).asString().startsWith("Java (");
    }

    @Test
    void whereTheLibraryWillNotDoItIsJavaAndSaysWhy() {
        SlowPathChoice choice = SlowPathChoice.of("native");

        boolean possible = Libpvlock.problem().isEmpty() && Libpvlock.hasKillPoints();
        assertThat(choice.isNative()).isEqualTo(possible);
        assertThat(choice.isWanted()).isEqualTo(possible);
        assertThat(choice)
                .asString()
                .startsWith(possible ? "libpvlock (" : "Java (-Dpvlock.slowpath=native is not possible: ");
    }

    @Test
    void withoutAFlagItIsWantedEitherWay() {
        SlowPathChoice choice = SlowPathChoice.of(null);

        assertThat(choice.isNative()).isEqualTo(Libpvlock.problem().isEmpty() && Libpvlock.hasKillPoints());
        assertThat(choice.isWanted()).isTrue();
        assertThat(choice)
                .asString()
                .startsWith(choice.isNative() ? "libpvlock (" : "Java (there is no libpvlock here: ");
    }

    @Test
    void anythingElseIsAnErrorThatNamesWhatThereIs() {
        assertThatThrownBy(() -> SlowPathChoice.of("fast"))
                .isInstanceOf(RegionException.class)
                .hasMessage("-Dpvlock.slowpath=fast is not known: write java or native, or leave it out for the latter"
                        + " where it is possible");
    }
}
