/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is left of the bytes of one run. */
typedef struct {
  const guint8 *data;
  gsize size;
} FuzzInput;

guint8  fuzz_input_take_byte (FuzzInput    *input);
char   *fuzz_input_take_text (FuzzInput    *input);

/* What each target defines and libFuzzer calls. */
int     LLVMFuzzerTestOneInput (const guint8 *data,
                                gsize         size);

G_END_DECLS
