/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-machinery.h"
#include "keel-part-file.h"

G_BEGIN_DECLS

typedef struct _KeelJournal KeelJournal;

typedef struct {
  KeelRanges *(*written) (gpointer user_data); /* what is in the file now. (transfer full) */
  /* What is to stand on its label from now on; NULL: what is there already. (transfer full) */
  KeelTransferRecord *(*describe) (gpointer user_data);
  /* The first @durable bytes, and @islands behind them. (transfer full) (nullable) */
  void (*durable) (gpointer user_data, guint64 durable, KeelRanges *islands,
                   const KeelPartFileTrace *trace);
  void (*failed) (gpointer user_data, const GError *error);
  void (*idle) (gpointer user_data); /* after a finish: nothing is in flight */
} KeelJournalEvents;

KeelJournal *keel_journal_new        (const KeelMachinery     *machinery,
                                      const char              *dir,
                                      KeelPartFile            *part,
                                      guint64                  durable,
                                      const KeelJournalEvents *events,
                                      gpointer                 user_data);
void         keel_journal_free       (KeelJournal             *self);
void         keel_journal_checkpoint (KeelJournal             *self);
void         keel_journal_finish     (KeelJournal             *self,
                                      gboolean                 checkpoint);

G_END_DECLS
