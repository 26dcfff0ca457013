/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-secrets.h"

#include "keelboat-modules/keel-keyring.h"

/* The passwords that the person has kept. The keyring is asked by a module that comes with the
 * first question; where it is not there, in a build without libsecret, nothing is found and nothing
 * is kept, so that each password is asked of the person. */

struct _KeelSecrets {
  KeelSecretsFunc found;
  gpointer user_data;
  gboolean has_looked;              /* for the module */
  const KeelKeyringModule *keyring; /* (nullable) */
  KeelKeyring *state;               /* (owned) (nullable) with the module */
};

static gboolean
get_ready (KeelSecrets *self)
{
  if (!self->has_looked)
    self->keyring = (const KeelKeyringModule *) keel_module_load ("keel-keyring");
  if (!self->has_looked && self->keyring != NULL)
    self->state = self->keyring->make (self->found, self->user_data);
  self->has_looked = TRUE;
  return self->keyring != NULL;
}

/* Asks for what @app has kept for @origin, of @user or, if that is NULL, the last that was kept.
 * @cookie is given back with the answer. */
void
keel_secrets_look_up (KeelSecrets *self,
                      const char  *cookie,
                      const char  *app,
                      const char  *origin,
                      const char  *user)
{
  if (get_ready (self))
    self->keyring->look_up (self->state, cookie, app, origin, user);
  else
    self->found (self->user_data, cookie, NULL, NULL);
}

/* Keeps @password, in place of what was kept for the same three, if the keyring will have it. */
void
keel_secrets_save (KeelSecrets *self,
                   const char  *app,
                   const char  *origin,
                   const char  *user,
                   const char  *password)
{
  if (get_ready (self))
    self->keyring->save (self->state, app, origin, user, password);
}

/* Nothing is asked of the keyring yet. @found is called with @user_data in the context of this
 * thread. */
KeelSecrets *
keel_secrets_new (KeelSecretsFunc found,
                  gpointer        user_data)
{
  KeelSecrets *self = g_new0 (KeelSecrets, 1);

  self->found = found;
  self->user_data = user_data;
  return self;
}

/* Nothing is told after this. */
void
keel_secrets_free (KeelSecrets *self)
{
  if (self->state != NULL)
    self->keyring->free (self->state);
  g_free (self);
}
