package io.pvlock.nativec;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A C header of numbers that Java goes by, as it is being written. */
final class HeaderText {

    /** How to write the headers anew. */
    static final String RENEWAL =
            "./mvnw -pl native/c -am test -Dtest=HeadersTest -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dpvlock.test.flags=-Dpvlock.headers.update";

    private final String guard;
    private final Map<String, Long> numbers = new LinkedHashMap<>();
    private final StringBuilder text = new StringBuilder();

    /** Begins one that says what it is. */
    HeaderText(String guard, String what) {
        this.guard = guard;
        line("/*");
        line(" * " + what + " Generated from Java: do not edit. Renewed by:");
        line(" *   " + RENEWAL);
        line(" */");
        line("#ifndef " + guard);
        line("#define " + guard);
    }

    /** Ends it. */
    String end() {
        line("");
        line("#endif");
        return text.toString();
    }

    /** Its numbers by name, as a C program prints them: unsigned, 8 bytes wide. */
    Map<String, Long> numbers() {
        return numbers;
    }

    void line(String line) {
        text.append(line).append('\n');
    }

    void heading(String comment) {
        line("");
        line("/* " + comment + " */");
    }

    void define(String name, int value) {
        // An unsigned word of 4 bytes, or a small number.
        define(
                name,
                value & 0xffff_ffffL,
                value >= 0 ? Integer.toString(value) : String.format("UINT32_C(0x%08x)", value));
    }

    void define(String name, long value) {
        boolean small = value >= 0 && value <= Integer.MAX_VALUE;
        define(name, value, small ? Long.toString(value) : String.format("UINT64_C(0x%016x)", value));
    }

    private void define(String name, long value, String literal) {
        if (numbers.put(name, value) != null) {
            throw new AssertionError(name + " is there twice in " + guard);
        }
        line("#define " + name + " " + literal);
    }

    /** All constants of a class that its package's users, or all, may see: {@code NAME} as {@code PREFIX_NAME}. */
    void constants(Class<?> owner, String prefix) {
        record Constant(String name, Field field, long value) {}
        List<Constant> constants = new ArrayList<>();
        for (Field field : owner.getDeclaredFields()) {
            int modifiers = field.getModifiers();
            boolean numeric = field.getType() == int.class || field.getType() == long.class;
            if (Modifier.isStatic(modifiers)
                    && Modifier.isFinal(modifiers)
                    && !Modifier.isPrivate(modifiers)
                    && numeric) {
                constants.add(new Constant(field.getName(), field, value(field)));
            }
        }
        // The order of reflection is not specified: offsets first, then the rest, each by value.
        constants.sort(
                Comparator.comparing((Constant constant) -> !constant.name().endsWith("_OFFSET"))
                        .thenComparing(Constant::value, Long::compareUnsigned)
                        .thenComparing(Constant::name));
        for (Constant constant : constants) {
            define(prefix + "_" + constant.name(), constant.field());
        }
    }

    /** A constant that Java keeps to itself. */
    void secret(String name, String className, String field) {
        try {
            define(name, Class.forName(className).getDeclaredField(field));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(className + "." + field + " is in the header and not in Java", e);
        }
    }

    private void define(String name, Field field) {
        if (field.getType() == int.class) {
            define(name, (int) value(field));
        } else {
            define(name, value(field));
        }
    }

    private static long value(Field field) {
        try {
            field.setAccessible(true);
            return field.getLong(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    void ordinals(Enum<?>[] values, String prefix, String comment) {
        heading(comment);
        for (Enum<?> value : values) {
            define(prefix + "_" + value.name(), value.ordinal());
        }
        define(prefix + "_END", values.length);
    }

    void names(String name, Enum<?>[] values, String comment) {
        list(name, Arrays.stream(values).map(Enum::name).toList(), comment);
    }

    /** A macro that applies another one to each member. */
    void list(String name, List<String> members, String comment) {
        heading(comment);
        line("#define " + name + "(X) \\");
        for (int i = 0; i < members.size(); i++) {
            line("    X(" + members.get(i) + ")" + (i + 1 < members.size() ? " \\" : ""));
        }
    }
}
