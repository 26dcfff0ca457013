/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* RFC 9110 §14.4. In a 206, first and last are given; in a 416 (`*`/N) is_unsatisfied is set. */
typedef struct {
  gboolean is_unsatisfied;
  guint64 first;
  guint64 last;       /* inclusive */
  gboolean has_total; /* FALSE for a total of `*` */
  guint64 total;
} KeelContentRange;

gboolean keel_content_range_parse  (const char       *value,
                                    KeelContentRange *out_range);
gboolean keel_content_length_parse (const char       *value,
                                    guint64          *out_length);

G_END_DECLS
