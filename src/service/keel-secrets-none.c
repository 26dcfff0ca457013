/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-secrets.h"

/* In place of keel-secrets.c where Keelboat is built without libsecret: a keyring in which nothing
 * is found and nothing is kept, so that each password is asked of the person. */

struct _KeelSecrets {
  KeelSecretsFunc found;
  gpointer user_data;
};

void
keel_secrets_look_up (KeelSecrets *self,
                      const char  *cookie,
                      const char  *app,
                      const char  *origin,
                      const char  *user)
{
  self->found (self->user_data, cookie, NULL, NULL);
}

void
keel_secrets_save (KeelSecrets *self,
                   const char  *app,
                   const char  *origin,
                   const char  *user,
                   const char  *password)
{
}

KeelSecrets *
keel_secrets_new (KeelSecretsFunc found,
                  gpointer        user_data)
{
  KeelSecrets *self = g_new (KeelSecrets, 1);

  self->found = found;
  self->user_data = user_data;
  return self;
}

void
keel_secrets_free (KeelSecrets *self)
{
  g_free (self);
}
