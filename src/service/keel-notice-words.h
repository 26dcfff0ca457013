/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-notice-board.h"
#include "keel-transfer-record.h"
#include "keel-waker.h"

G_BEGIN_DECLS

/* The action of the one button that is not the application's to do. */
#define KEEL_NOTICE_WORDS_CANCEL "cancel"

char       *keel_notice_words_dup_name       (const KeelTransferRecord *record);
KeelNotice *keel_notice_words_for_task       (const KeelTransferRecord *record);
KeelNotice *keel_notice_words_for_many       (guint n_finished,
                                              guint n_needing);
KeelNotice *keel_notice_words_for_missed     (const KeelMissedEvents   *missed);
KeelNotice *keel_notice_words_for_rescue     (guint                     count);
KeelNotice *keel_notice_words_for_background (void);
KeelNotice *keel_notice_words_for_countdown  (gboolean is_suspend);
KeelNotice *keel_notice_words_for_stays_on   (guint n_needing);
KeelNotice *keel_notice_words_for_no_power   (gboolean is_suspend,
                                              gboolean is_silent);
gboolean    keel_notice_words_waits_for_disk (const KeelTransferRecord *record);

G_END_DECLS
