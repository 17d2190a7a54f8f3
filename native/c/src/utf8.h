/* Characters of UTF-8, in whatever locale. */
#ifndef PVLOCK_UTF8_H
#define PVLOCK_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character that begins there; 0 if it is none: as the standard says, neither overlong nor a surrogate. */
static inline size_t pv_utf8_character(const unsigned char *at, size_t left) {
    unsigned char first = at[0];
    if (first < 0x80) {
        return 1;
    }
    size_t length = first >= 0xc2 && first <= 0xdf ? 2
        : (first & 0xf0) == 0xe0 ? 3
        : first >= 0xf0 && first <= 0xf4 ? 4
        : 0;
    if (length == 0 || length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (first == 0xe0 && at[1] < 0xa0) || (first == 0xf0 && at[1] < 0x90);
    bool surrogate = first == 0xed && at[1] >= 0xa0;
    bool beyond = first == 0xf4 && at[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

#endif
