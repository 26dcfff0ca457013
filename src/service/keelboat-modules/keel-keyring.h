/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-module.h"
#include "keel-secrets.h"

G_BEGIN_DECLS

typedef struct _KeelKeyring KeelKeyring;

/* What the module keel-keyring does for keel-secrets.c, which says what each of it is. */
typedef struct {
  KeelModule module;
  KeelKeyring *(*make) (KeelSecretsFunc found,
                        gpointer        user_data);
  void (*free) (KeelKeyring *self);
  void (*look_up) (KeelKeyring *self,
                   const char  *cookie,
                   const char  *app,
                   const char  *origin,
                   const char  *user);
  void (*save) (KeelKeyring *self,
                const char  *app,
                const char  *origin,
                const char  *user,
                const char  *password);
} KeelKeyringModule;

G_END_DECLS
