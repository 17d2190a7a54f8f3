#include "text.h"

#include "utf8.h"

#include <string.h>

bool text_is_utf8(const char *text, size_t length) {
    const unsigned char *at = (const unsigned char *) text;
    for (size_t i = 0; i < length;) {
        size_t bytes = pv_utf8_character(at + i, length - i);
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
            size_t bytes = pv_utf8_character(at + i, length - i);
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
