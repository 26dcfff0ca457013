/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What can happen to a task that its application is told of; see the description of the bus. */
typedef enum {
  KEEL_EVENT_RESUMED,
  KEEL_EVENT_CHALLENGE,
  KEEL_EVENT_NEEDS_LINK,
  KEEL_EVENT_FINISHED,
  KEEL_EVENT_COMPLETED, /* the end of a run, and the last of it */
  KEEL_EVENT_N_KINDS,
} KeelEventKind;

/* Something that somebody has to be told, until he has acknowledged it. */
typedef struct {
  gint64 session_id;
  gint64 number; /* within the session, growing; 0: not on disk yet */
  gint64 task_id;
  KeelEventKind kind;
  gint64 created_usec;
  char *details; /* (nullable) an a{sv}, as g_variant_print() writes it with types */
  gboolean is_told; /* or may have been: it must come again as it is */
} KeelEventRecord;

KeelEventRecord *keel_event_record_new   (gint64                 session_id,
                                          gint64                 task_id,
                                          KeelEventKind          kind);
void             keel_event_record_free  (KeelEventRecord       *self);
gboolean         keel_event_record_is_end (const KeelEventRecord *self);

const char      *keel_event_kind_to_string   (KeelEventKind      kind);
gboolean         keel_event_kind_from_string (const char        *word,
                                              KeelEventKind     *out_kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelEventRecord, keel_event_record_free)

G_END_DECLS
