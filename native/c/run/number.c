#include "number.h"

#include <stddef.h>

#define NS_PER_SECOND 1000000000

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool number_seconds(const char *text, int64_t *ns) {
    int64_t seconds = 0;
    int64_t fraction = 0;
    bool digits = false;
    const char *at = text;
    for (; is_digit(*at); at++) {
        digits = true;
        seconds = seconds * 10 + (*at - '0');
        if (seconds > NUMBER_MAX_SECONDS) {
            return false;
        }
    }
    if (*at == '.') {
        int64_t unit = NS_PER_SECOND / 10;
        bool rest = false;
        for (at++; is_digit(*at); at++) {
            digits = true;
            fraction += (*at - '0') * unit;
            rest |= unit == 0 && *at != '0';
            unit /= 10;
        }
        fraction += rest ? 1 : 0;
    }
    *ns = seconds * NS_PER_SECOND + fraction;
    return digits && *at == '\0' && *ns <= (int64_t) NUMBER_MAX_SECONDS * NS_PER_SECOND;
}

bool number_whole(const char *text, uint32_t max, uint32_t *value) {
    uint64_t sum = 0;
    const char *at = text;
    for (; is_digit(*at); at++) {
        sum = sum * 10 + (uint64_t) (*at - '0');
        if (sum > max) {
            return false;
        }
    }
    *value = (uint32_t) sum;
    return at != text && *at == '\0';
}
