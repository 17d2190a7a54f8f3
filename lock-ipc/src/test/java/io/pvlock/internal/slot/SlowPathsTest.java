package io.pvlock.internal.slot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.RegionException;
import io.pvlock.linux.Libpvlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In a JVM with kill points, which the library of the jar has not. */
@Timeout(60)
class SlowPathsTest {

    @Test
    void javaIsJava() {
        SlowPaths.Choice choice = SlowPaths.choose("java");

        assertThat(choice.isNative()).isFalse();
        assertThat(choice.isWanted()).isTrue();
        assertThat(choice).asString().startsWith("Java (");
    }

    @Test
    void whereTheLibraryWillNotDoItIsJavaAndSaysWhy() {
        SlowPaths.Choice choice = SlowPaths.choose("native");

        boolean possible = Libpvlock.problem().isEmpty() && Libpvlock.hasKillPoints();
        assertThat(choice.isNative()).isEqualTo(possible);
        assertThat(choice.isWanted()).isEqualTo(possible);
        assertThat(choice)
                .asString()
                .startsWith(possible ? "libpvlock (" : "Java (-Dpvlock.slowpath=native is not possible: ");
    }

    @Test
    void anythingElseIsAnErrorThatNamesWhatThereIs() {
        assertThatThrownBy(() -> SlowPaths.choose("fast"))
                .isInstanceOf(RegionException.class)
                .hasMessage("-Dpvlock.slowpath=fast is not known: write java or native, or leave it out for java");
    }
}
