package dev.changeover.app;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The directions of DESIGN: app → { producer, processor, sink, verifier } → { store, log } → model. */
class ArchitectureTest {
    private static final List<String> MIDDLE = List.of("producer", "processor", "sink", "verifier");

    /** Our own jars and class folders, without tests and without libraries. */
    private static final ImportOption OURS =
            (Location location) -> (location.contains("/changeover-") || location.contains("/classes/"))
                    && !location.contains("-tests.jar")
                    && !location.contains("/test-classes/");

    private static final JavaClasses CLASSES =
            new ClassFileImporter().withImportOption(OURS).importPackages("dev.changeover");

    static Collection<String> middle() {
        return MIDDLE;
    }

    private static String in(String module) {
        return "dev.changeover." + module + "..";
    }

    private static DescribedPredicate<JavaClass> oursOutside(String... modules) {
        DescribedPredicate<JavaClass> outside = resideInAPackage("dev.changeover..");
        for (String module : modules) {
            outside = outside.and(resideOutsideOfPackage(in(module)));
        }
        return outside;
    }

    private static void onlyImports(String module, String... modules) {
        String[] allowed = java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(module), java.util.Arrays.stream(modules))
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(in(module))
                .should()
                .dependOnClassesThat(oursOutside(allowed))
                .check(CLASSES);
    }

    @Test
    void theModelImportsNothingOfOurs() {
        onlyImports("model");
    }

    @Test
    void theModelKnowsNeitherKafkaNorJdbc() {
        noClasses()
                .that()
                .resideInAPackage(in("model"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..", "java.sql..", "javax.sql..")
                .check(CLASSES);
    }

    @Test
    void theLogAndTheStoreImportTheModelOnly() {
        onlyImports("log", "model");
        onlyImports("store", "model");
    }

    @ParameterizedTest
    @MethodSource("middle")
    void theFourInTheMiddleNeverImportEachOther(String module) {
        onlyImports(module, "log", "store", "model");
    }

    @Test
    void theProcessorNeedsNoStore() {
        onlyImports("processor", "log", "model");
    }

    @Test
    void embeddedImportsNoneOfOurs() {
        onlyImports("embedded");
    }

    @ParameterizedTest
    @MethodSource("middle")
    void packagesOfARoleHaveNoCycles(String module) {
        slices().matching("dev.changeover." + module + ".(*)..")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void packagesOfTheStoreHaveNoCycles() {
        slices().matching("dev.changeover.store.(*)..")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }

    @Test
    void clocksAndSleepsStandInTheAppOnly() {
        noClasses()
                .that(oursOutside("app", "embedded", "benchmarks"))
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .check(CLASSES);
    }
}
