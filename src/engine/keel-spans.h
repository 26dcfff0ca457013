/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-ranges.h"

G_BEGIN_DECLS

/* How far the bytes are; the further comes first. */
typedef enum {
  KEEL_SPAN_DURABLE,  /* synced, and recorded */
  KEEL_SPAN_WRITTEN,  /* in the part file */
  KEEL_SPAN_ARRIVING, /* a connection is fetching them */
  KEEL_SPAN_N_KINDS,
} KeelSpanKind;

typedef struct {
  guint64 from;
  guint64 to; /* exclusive */
  KeelSpanKind kind;
} KeelSpan;

GArray     *keel_spans_new           (const KeelRanges *const ranges[KEEL_SPAN_N_KINDS],
                                      guint                   most);
const char *keel_span_kind_to_string (KeelSpanKind            kind);

G_END_DECLS
