/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes FROM..TO (exclusive) of a file. */
typedef struct {
  guint64 from;
  guint64 to;
  guint64 tail_hash; /* of those behind the last whole block; 0: not known */
} KeelRange;

/* Ranges of one file, in order, that neither overlap nor touch. (element-type KeelRange) */
typedef GArray KeelRanges;

KeelRanges      *keel_ranges_new         (void);
KeelRanges      *keel_ranges_copy        (const KeelRanges *self);
const KeelRange *keel_ranges_get         (const KeelRanges *self,
                                          guint             index);
void             keel_ranges_add         (KeelRanges       *self,
                                          guint64           from,
                                          guint64           to);
const KeelRange *keel_ranges_find        (const KeelRanges *self,
                                          guint64           position);
guint64          keel_ranges_get_next    (const KeelRanges *self,
                                          guint64           position);
guint64          keel_ranges_count_bytes (const KeelRanges *self);
guint64          keel_ranges_get_end     (const KeelRanges *self);
guint64          keel_ranges_take_prefix (KeelRanges       *self);

char            *keel_ranges_to_string   (const KeelRanges *self);
KeelRanges      *keel_ranges_from_string (const char       *text);

G_END_DECLS
