package io.pvlock.tests.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The Java, C and C++ of the documents compile: each block is a function or the body of one, with what a reader has around it. */
class SnippetsTest {

    private static final String AROUND = """
            import io.pvlock.*;
            import io.pvlock.cluster.*;
            import java.nio.file.*;
            import java.nio.file.attribute.*;
            import java.util.*;
            import java.util.concurrent.*;

            class %s {
                interface Data {
                    void rebuild();
                    void change();
                }

                Path path;
                LockRegion region;
                SharedLock lock;
                Data data;

            %s
            }
            """;

    /** C and C++ alike; each block is the body of a function. */
    private static final String AROUND_C = """
            #include <%s>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            void work(void);
            void repair(void);
            extern pvlock_vcpu *me;
            extern pvlock_t *orders;
            void block(void);
            void block(void) {
            %s}
            """;

    @Test
    void javaBlocks_compile(@TempDir Path classes) throws Exception {
        List<JavaFileObject> sources = new ArrayList<>();
        for (Path document : Documents.all()) {
            for (String block : Documents.blocks(document, "java")) {
                sources.add(source("Snippet" + sources.size(), "// " + document + "\n" + block));
            }
        }
        assertThat(sources).as("java blocks").hasSizeGreaterThan(5);

        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        boolean compiled = compiler.getTask(
                        null,
                        null,
                        said,
                        List.of("-proc:none", "-cp", classPath, "-d", classes.toString()),
                        null,
                        sources)
                .call();

        if (!compiled) {
            fail(said.getDiagnostics().toString());
        }
    }

    private static void compileC(String language, String header, Path directory, List<String> compiler)
            throws IOException, InterruptedException {
        assumeTrue(
                isThere(compiler.get(0)),
                "there is no " + compiler.get(0) + ": the " + language
                        + " of the documents is not compiled (apt install gcc g++ libc6-dev)");
        int blocks = 0;
        for (Path document : Documents.all()) {
            for (String block : Documents.blocks(document, language)) {
                blocks++;
                Path source = Files.writeString(
                        directory.resolve("block" + blocks + "." + language), AROUND_C.formatted(header, block));
                List<String> line = new ArrayList<>(compiler);
                line.addAll(List.of("-Wall", "-Wextra", "-Werror", "-fsyntax-only"));
                line.addAll(
                        List.of("-I", Documents.ROOT.resolve("native/c/include").toString(), source.toString()));
                Process process =
                        new ProcessBuilder(line).redirectErrorStream(true).start();
                String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(process.waitFor()).as(document + ": " + said).isZero();
            }
        }
        assertThat(blocks).as(language + " blocks").isPositive();
    }

    private static boolean isThere(String tool) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    }

    @Test
    @Timeout(120)
    void cBlocks_compile(@TempDir Path directory) throws Exception {
        compileC("c", "pvlock.h", directory, List.of("cc", "-std=c11"));
    }

    @Test
    @Timeout(120)
    void cppBlocks_compile(@TempDir Path directory) throws Exception {
        compileC("cpp", "pvlock.hpp", directory, List.of("c++", "-std=c++17"));
    }

    private static boolean isMethod(String block) {
        return block.lines().anyMatch(line -> line.startsWith("static "));
    }

    private static JavaFileObject source(String name, String block) {
        return new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return AROUND.formatted(
                        name, isMethod(block) ? block : "void run() throws Exception {\n" + block + "}");
            }
        };
    }
}
