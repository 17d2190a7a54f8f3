#include "text.h"

#include <string.h>

/* Bytes of the character that begins at `text`; 0 if none of UTF-8 does. */
static size_t character(const unsigned char *text, size_t length) {
    unsigned char first = text[0];
    if (first < 0x80) {
        return 1;
    }
    size_t bytes = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    if (bytes == 0 || bytes > length) {
        return 0;
    }
    for (size_t i = 1; i < bytes; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool long_form = (first == 0xe0 && text[1] < 0xa0) || (first == 0xf0 && text[1] < 0x90);
    bool surrogate = first == 0xed && text[1] >= 0xa0;
    bool too_great = first == 0xf4 && text[1] >= 0x90;
    return long_form || surrogate || too_great ? 0 : bytes;
}

bool text_is_utf8(const char *text, size_t length) {
    const unsigned char *at = (const unsigned char *) text;
    for (size_t i = 0; i < length;) {
        size_t bytes = character(at + i, length - i);
        if (bytes == 0) {
            return false;
        }
        i += bytes;
    }
    return true;
}

/* U+0080 to U+009F are control characters, too. */
static bool is_control(const unsigned char *character, size_t bytes) {
    return (bytes == 1 && (character[0] < 0x20 || character[0] == 0x7f))
            || (bytes == 2 && character[0] == 0xc2 && character[1] < 0xa0);
}

void text_of_command(char *const *words, char *text, size_t room) {
    size_t used = 0;
    for (char *const *word = words; *word != NULL; word++) {
        if (word != words && used + 1 < room) {
            text[used++] = ' ';
        }
        size_t length = strlen(*word);
        const unsigned char *at = (const unsigned char *) *word;
        for (size_t i = 0; i < length;) {
            size_t bytes = character(at + i, length - i);
            bool shown = bytes > 0 && !is_control(at + i, bytes);
            size_t taken = shown ? bytes : 1;
            if (used + taken >= room) {
                text[used] = '\0';
                return;
            }
            memcpy(text + used, shown ? *word + i : "?", taken);
            used += taken;
            i += bytes > 0 ? bytes : 1;
        }
    }
    text[used] = '\0';
}
