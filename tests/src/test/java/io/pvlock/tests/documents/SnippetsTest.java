package io.pvlock.tests.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java of the documents compiles: each block is a method or the body of one, with what a reader would have around it. */
class SnippetsTest {

    private static final String AROUND = """
            import io.pvlock.*;
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
