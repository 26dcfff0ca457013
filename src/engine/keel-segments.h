/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-block-hashes.h"
#include "keel-ranges.h"

G_BEGIN_DECLS

typedef struct _KeelSegments KeelSegments;

/* What one connection is to fetch. Belongs to the segments. */
typedef struct _KeelPiece KeelPiece;

typedef enum {
  KEEL_SEGMENT_DONE,    /* on disk: to be compared */
  KEEL_SEGMENT_OWN,     /* to be written by the piece that asks */
  KEEL_SEGMENT_FOREIGN, /* another piece's, or beyond the end */
} KeelSegmentKind;

KeelSegments   *keel_segments_new           (const KeelRanges *done);
KeelSegments   *keel_segments_ref           (KeelSegments     *self);
void            keel_segments_unref         (KeelSegments     *self);

void            keel_segments_set_total     (KeelSegments     *self,
                                             guint64           total);
void            keel_segments_set_expected  (KeelSegments     *self,
                                             GArray           *hashes);

KeelPiece      *keel_segments_claim         (KeelSegments     *self,
                                             gint64            now_usec);
void            keel_segments_release       (KeelSegments     *self,
                                             KeelPiece        *piece);
gboolean        keel_segments_move_on       (KeelSegments     *self,
                                             KeelPiece        *piece,
                                             guint64           position);
gboolean        keel_segments_get_rest      (KeelSegments     *self,
                                             KeelPiece        *piece,
                                             guint64          *out_from,
                                             guint64          *out_to);
gboolean        keel_segments_is_end        (KeelSegments     *self,
                                             guint64           position);
KeelSegmentKind keel_segments_look          (KeelSegments     *self,
                                             KeelPiece        *piece,
                                             guint64           position,
                                             gsize            *length);
gboolean        keel_segments_advance       (KeelSegments     *self,
                                             KeelPiece        *piece,
                                             gsize             length,
                                             gint64            now_usec);
void            keel_segments_vouch_head    (KeelSegments     *self,
                                             KeelPiece        *piece);
void            keel_segments_vouch_tail    (KeelSegments     *self,
                                             KeelPiece        *piece);
gsize           keel_segments_count_done_before (KeelSegments *self,
                                                 guint64       position,
                                                 gsize         most);
gsize           keel_segments_count_done_after  (KeelSegments *self,
                                                 guint64       position,
                                                 gsize         most);
gboolean        keel_segments_keep_hashes   (KeelSegments     *self,
                                             GArray           *hashes);

gboolean        keel_segments_can_claim     (KeelSegments     *self,
                                             gint64            now_usec);
gboolean        keel_segments_is_complete   (KeelSegments     *self);
guint64         keel_segments_get_received  (KeelSegments     *self);
guint64         keel_segments_get_missing   (KeelSegments     *self);
KeelRanges     *keel_segments_dup_done      (KeelSegments     *self);
void            keel_segments_describe      (KeelSegments     *self,
                                             KeelRanges       *written,
                                             KeelRanges       *arriving);
GArray         *keel_segments_take_hashes   (KeelSegments     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelSegments, keel_segments_unref)

G_END_DECLS
