/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-door.h"

G_BEGIN_DECLS

/* Whose word it is that says who somebody is. */
typedef enum {
  KEEL_TRUST_HOST,    /* their own: an unsandboxed program of the user's */
  KEEL_TRUST_SANDBOX, /* the sandbox's */
  KEEL_TRUST_TOKEN,   /* that of a secret, because we cannot look */
} KeelTrust;

/* Who has a bus name. */
typedef struct {
  KeelTrust trust;
  const char *app;           /* (nullable) sandbox: its id. Host: what the desktop called it */
  const char *instance_path; /* (nullable) sandbox: where its data is, on the host */
  const char *token_hash;    /* (nullable) token: once it was shown */
  gboolean is_ours;          /* one of Keelboat's own programs; host programs need not be */
} KeelCaller;

typedef struct _KeelCallers KeelCallers;

/* The invocation is handed over. */
typedef void (*KeelCallerFunc) (GDBusMethodInvocation *invocation,
                                gpointer               user_data);

KeelCallers      *keel_callers_new        (GDBusConnection       *connection,
                                           KeelDoor              *door,
                                           gboolean               by_token,
                                           GFunc                  emptied,
                                           gpointer               user_data);
void              keel_callers_free       (KeelCallers           *self);

void              keel_callers_identify   (KeelCallers           *self,
                                           GDBusMethodInvocation *invocation,
                                           KeelCallerFunc         func,
                                           gpointer               user_data);
const KeelCaller *keel_callers_get        (KeelCallers           *self,
                                           const char            *name);
void              keel_callers_set_token  (KeelCallers           *self,
                                           const char            *name,
                                           const char            *token_hash,
                                           gboolean               is_ours);
gboolean          keel_callers_is_waiting (KeelCallers           *self);
void              keel_callers_refuse_all (KeelCallers           *self,
                                           const GError          *error);

gboolean          keel_caller_may_manage  (const KeelCaller      *self);
gboolean          keel_caller_may_touch   (const KeelCaller      *self,
                                           const char            *app);

G_END_DECLS
