/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-house.h"

G_BEGIN_DECLS

typedef enum {
  KEEL_WHEN_DONE_NOTHING,
  KEEL_WHEN_DONE_SUSPEND,
  KEEL_WHEN_DONE_POWER_OFF,
} KeelWhenDoneAction;

/* What can be chosen here: "yes", or why not: "unavailable", "unsupported", "not-allowed" or
 * "sandbox". Static. */
typedef void (*KeelWhenDoneFunc) (gpointer user_data, const char *suspend, const char *power_off);

KeelWhenDone       *keel_when_done_new        (const KeelHouse    *house,
                                               GFunc               rested,
                                               gpointer            user_data);
void                keel_when_done_free       (KeelWhenDone       *self);
gboolean            keel_when_done_parse      (const char         *word,
                                               KeelWhenDoneAction *out_action);
const char         *keel_when_done_get_word   (KeelWhenDone       *self);
void                keel_when_done_set        (KeelWhenDone       *self,
                                               KeelWhenDoneAction  action);
void                keel_when_done_ask        (KeelWhenDone       *self,
                                               KeelWhenDoneFunc    func,
                                               gpointer            user_data);
gboolean            keel_when_done_is_busy    (KeelWhenDone       *self);

G_END_DECLS
