/* Numbers as users write them: decimal, in every locale; no sign, no exponent, no 0x, no inf, no blanks. */
#ifndef RUN_NUMBER_H
#define RUN_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* The longest duration: 1,000,000,000 seconds, some 31 years. */
#define NUMBER_MAX_SECONDS 1000000000

/* Digits, at most one point, at least one digit: "1", "0.5", ".5", "3.". What is below a nanosecond counts as one, so that little is not nothing. */
bool number_seconds(const char *text, int64_t *ns);

/* A whole number from 0 to max. */
bool number_whole(const char *text, uint32_t max, uint32_t *value);

#endif
