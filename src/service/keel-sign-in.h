/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-engine.h"

G_BEGIN_DECLS

typedef struct _KeelSignIn KeelSignIn;

gboolean    keel_sign_in_is_looking (KeelTransfer *transfer);

KeelSignIn *keel_sign_in_new      (KeelEngine   *engine);
void        keel_sign_in_free     (KeelSignIn   *self);
void        keel_sign_in_remember (KeelSignIn   *self,
                                   gint64        id);
void        keel_sign_in_answer   (KeelSignIn   *self,
                                   KeelTransfer *transfer,
                                   const char   *user,
                                   const char   *password,
                                   gboolean      save);

G_END_DECLS
