/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz-input.h"

#include <string.h>

/* The bytes that libFuzzer, or a random number generator, makes up, taken from the front: numbers
 * that choose, and texts, which a NUL ends. Input that is too short is no error: it goes on with
 * zeros and empty texts, so that every input means something and a short one is a simple one. */

/* 0 when nothing is left. */
guint8
fuzz_input_take_byte (FuzzInput *input)
{
  if (input->size == 0)
    return 0;
  input->size--;
  return *input->data++;
}

/* Up to the next NUL, which is dropped. (transfer full) */
char *
fuzz_input_take_text (FuzzInput *input)
{
  const char *start = (const char *) input->data;
  gsize length;
  gsize taken;

  if (input->size == 0)
    return g_strdup ("");
  length = strnlen (start, input->size);
  taken = MIN (length + 1, input->size);
  input->data += taken;
  input->size -= taken;
  return g_strndup (start, length);
}
