/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KEEL_TYPE_SEGMENT_STRIP (keel_segment_strip_get_type ())
G_DECLARE_FINAL_TYPE (KeelSegmentStrip, keel_segment_strip, KEEL, SEGMENT_STRIP, GtkWidget)

void keel_segment_strip_show (KeelSegmentStrip *self,
                              GVariant         *ranges,
                              gint64            total_bytes);

G_END_DECLS
