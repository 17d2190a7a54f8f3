package io.pvlock.structure;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.pvlock.DeadlockException;
import io.pvlock.HeldLocks;
import io.pvlock.HoldInfo;
import io.pvlock.LockGuard;
import io.pvlock.LockHold;
import io.pvlock.LockInfo;
import io.pvlock.LockRegion;
import io.pvlock.LockStats;
import io.pvlock.Locks;
import io.pvlock.OwnerInfo;
import io.pvlock.RegionEvent;
import io.pvlock.RegionOptions;
import io.pvlock.RegionReport;
import io.pvlock.RegionStats;
import io.pvlock.Subscription;
import io.pvlock.TimeSummary;
import io.pvlock.VcpuInfo;
import io.pvlock.WaiterInfo;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What may know what: {@code io.pvlock} on top, then objects, locks, the session, and what that is made of. */
class ArrowsTest {

    private static final JavaClasses CLASSES = new ClassFileImporter().importPath(Path.of("target", "classes"));

    private static final String FACADE = "io.pvlock";
    private static final String INTERNAL = "io.pvlock.internal";

    /** Plain values of the API, which know nothing of what is below; beside its enums and exceptions. */
    private static final Set<Class<?>> VALUES = Set.of(
            DeadlockException.Link.class,
            HeldLocks.class,
            HoldInfo.class,
            LockGuard.DeadOwner.class,
            LockHold.class,
            LockInfo.class,
            LockStats.class,
            OwnerInfo.class,
            RegionEvent.class,
            RegionOptions.class,
            RegionReport.class,
            RegionStats.class,
            Subscription.class,
            TimeSummary.class,
            VcpuInfo.class,
            WaiterInfo.class);

    private static final DescribedPredicate<JavaClass> VALUE = describe("a value", ArrowsTest::isValue);

    private static boolean isValue(JavaClass type) {
        JavaClass one = type.getBaseComponentType();
        return one.isAssignableTo(Throwable.class)
                || one.isAssignableTo(Enum.class)
                || VALUES.stream()
                        .map(Class::getName)
                        .anyMatch(name ->
                                one.getName().equals(name) || one.getName().startsWith(name + "$"));
    }

    @Test
    void noPackagesLeanOnEachOther() {
        slices().matching(INTERNAL + ".(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void whatIsBelowKnowsOfTheApiItsValuesOnly() {
        noClasses()
                .that()
                .resideInAPackage(INTERNAL + "..")
                .should()
                .dependOnClassesThat(resideInAPackage(FACADE).and(not(VALUE)))
                .check(CLASSES);
    }

    /** Sizes and codes are checked where they are defined: that much a value may know. */
    @Test
    void valuesKnowNothing() {
        noClasses()
                .that(resideInAPackage(FACADE).and(VALUE))
                .should()
                .dependOnClassesThat(resideInAPackage(FACADE)
                        .and(not(VALUE))
                        .or(resideInAPackage(INTERNAL + "..").and(not(resideInAPackage(INTERNAL + ".layout")))))
                .check(CLASSES);
    }

    /** But for the line of text that opens one. */
    @Test
    void nobodyKnowsTheRegionFromWithin() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(LockRegion.class, Locks.class)
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(LockRegion.class)
                .check(CLASSES);
    }

    @Test
    void theFloorsLookDown() {
        List<String> floors = List.of("object", "lock", "session", "look");
        for (int floor = 1; floor < floors.size(); floor++) {
            String[] above = floors.subList(0, floor).stream()
                    .map(name -> INTERNAL + "." + name + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(INTERNAL + "." + floors.get(floor) + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(above)
                    .check(CLASSES);
        }
        noClasses()
                .that()
                .resideInAPackage(INTERNAL + "..")
                .and()
                .resideOutsideOfPackages(INTERNAL + ".object..", INTERNAL + ".lock..", INTERNAL + ".session..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(INTERNAL + ".object..", INTERNAL + ".lock..", INTERNAL + ".session..")
                .check(CLASSES);
    }

    @Test
    void allPackagesAreSeen() {
        assertThat(CLASSES.containPackage(FACADE)).isTrue();
        for (String name : List.of("session", "slot", "lock", "object", "look", "wait", "directory", "file", "event")) {
            assertThat(CLASSES.containPackage(INTERNAL + "." + name)).as(name).isTrue();
        }
    }
}
