/* Text is bytes, in every locale. */
#ifndef RUN_TEXT_H
#define RUN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the bytes are UTF-8 as Unicode has it: no surrogates, nothing above 10FFFF, no long forms. */
bool text_is_utf8(const char *text, size_t length);

/* A command line for people: words and blanks between them, cut at the edge of a character to fit `room` bytes with the final 0. What is no UTF-8, or would move a cursor, is '?'. */
void text_of_command(char *const *words, char *text, size_t room);

#endif
