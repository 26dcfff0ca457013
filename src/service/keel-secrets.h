/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _KeelSecrets KeelSecrets;

/* What the keyring has for a question: @user and @password are NULL when it has nothing, or cannot
 * be asked. Called once for each question, unless the keyring hangs. */
typedef void (*KeelSecretsFunc) (gpointer    user_data,
                                 const char *cookie,
                                 const char *user,
                                 const char *password);

KeelSecrets *keel_secrets_new     (KeelSecretsFunc  found,
                                   gpointer         user_data);
void         keel_secrets_free    (KeelSecrets     *self);
void         keel_secrets_look_up (KeelSecrets     *self,
                                   const char      *cookie,
                                   const char      *app,
                                   const char      *origin,
                                   const char      *user);
void         keel_secrets_save    (KeelSecrets     *self,
                                   const char      *app,
                                   const char      *origin,
                                   const char      *user,
                                   const char      *password);

G_END_DECLS
