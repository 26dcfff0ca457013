/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-keyring.h"

#include "keel-config.h"

#include <gmodule.h>
#include <libsecret/secret.h>
#include <string.h>

/* The door to the person's keyring, and the only user of libsecret.
 *
 * A password is kept for an application, an origin and a user name: one application's password is
 * never found for another, and one server's never for another. Nothing here is a failure to
 * anybody: where there is no keyring, or it is locked and stays so, or does not answer, nothing is
 * found and nothing is kept, and the person is asked by the application instead.
 *
 * One question is asked at a time, so that a locked keyring makes one prompt and not one for each
 * of a hundred downloads. When that prompt is dismissed there is no other one for the life of this
 * process, and when the keyring refuses to keep a password, no other is offered to it. What waits
 * behind a question that failed is dropped: it would only fail in the same way. */

typedef struct {
  char *cookie; /* (owned) (nullable) of the question; NULL: to be saved */
  char *app;
  char *origin;
  char *user;     /* (owned) (nullable) */
  char *password; /* (owned) (nullable) */
} Request;

struct _KeelKeyring {
  gatomicrefcount refs;
  KeelSecretsFunc found;
  gpointer user_data;
  GCancellable *cancellable; /* (owned) cancelled once freed */
  GQueue requests;           /* (element-type Request) the first is with the keyring */
  gboolean is_asking;
  gboolean is_left_locked; /* the person did not unlock it */
  gboolean is_refusing;    /* it did not keep what it was given */
  gboolean has_complained;
};

static const SecretSchema schema = {
  "io.github.keelboat.Credentials",
  SECRET_SCHEMA_NONE,
  {
    { "app", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "origin", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "user", SECRET_SCHEMA_ATTRIBUTE_STRING },
  },
};

static void start_next (KeelKeyring *self);

static void
request_free (Request *request)
{
  if (request->password != NULL)
    secret_password_wipe (request->password);
  g_free (request->cookie);
  g_free (request->app);
  g_free (request->origin);
  g_free (request->user);
  g_free (request->password);
  g_free (request);
}

static KeelKeyring *
keyring_ref (KeelKeyring *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static void
keyring_unref (KeelKeyring *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_queue_clear_full (&self->requests, (GDestroyNotify) request_free);
  g_object_unref (self->cancellable);
  g_free (self);
}

/* Answers the first question, if it was one. */
static void
tell (KeelKeyring *self,
      const char  *user,
      const char  *password)
{
  Request *request = g_queue_pop_head (&self->requests);

  if (request->cookie != NULL && !g_cancellable_is_cancelled (self->cancellable))
    self->found (self->user_data, request->cookie, user, password);
  request_free (request);
}

/* Takes the reference that the question held. */
static void
end_request (KeelKeyring *self,
             const char  *user,
             const char  *password)
{
  tell (self, user, password);
  self->is_asking = FALSE;
  start_next (self);
  keyring_unref (self);
}

/* Likewise, and what waits would meet the same. */
static void
give_up (KeelKeyring *self,
         GError      *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && !self->has_complained)
    {
      self->has_complained = TRUE;
      g_info ("The keyring cannot be used: %s", error->message);
    }
  while (!g_queue_is_empty (&self->requests))
    tell (self, NULL, NULL);
  self->is_asking = FALSE;
  g_error_free (error);
  keyring_unref (self);
}

static GHashTable *
make_attributes (const Request *request)
{
  GHashTable *attributes = g_hash_table_new (g_str_hash, g_str_equal);

  g_hash_table_insert (attributes, (gpointer) "app", request->app);
  g_hash_table_insert (attributes, (gpointer) "origin", request->origin);
  if (request->user != NULL)
    g_hash_table_insert (attributes, (gpointer) "user", request->user);
  return attributes;
}

/* --- looking up ------------------------------------------------------------------------------ */

static void
retrieved_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  KeelKeyring *self = user_data;
  g_autoptr (SecretValue)
    value = secret_retrievable_retrieve_secret_finish (SECRET_RETRIEVABLE (source), result, NULL);
  const char *password = value != NULL ? secret_value_get_text (value) : NULL;
  const Request *request = g_queue_peek_head (&self->requests);
  g_autofree char *user = g_strdup (request->user);

  if (password == NULL)
    self->is_left_locked = TRUE;
  end_request (self, password != NULL ? user : NULL, password);
}

/* The one that was changed last. (transfer none) (nullable) */
static SecretRetrievable *
get_newest (GList *items)
{
  SecretRetrievable *newest = NULL;

  for (GList *l = items; l != NULL; l = l->next)
    if (newest == NULL ||
        secret_retrievable_get_modified (l->data) > secret_retrievable_get_modified (newest))
      newest = l->data;
  return newest;
}

/* The name is read now: an item whose keyring has gone complains when it is asked. */
static void
take_item (KeelKeyring       *self,
           SecretRetrievable *item)
{
  Request *request = g_queue_peek_head (&self->requests);
  g_autoptr (GHashTable) attributes = secret_retrievable_get_attributes (item);
  const char *user = g_hash_table_lookup (attributes, "user");

  g_free (request->user);
  request->user = g_strdup (user != NULL ? user : "");
  secret_retrievable_retrieve_secret (item, self->cancellable, retrieved_cb, self);
}

static void
searched_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  KeelKeyring *self = user_data;
  GError *error = NULL;
  GList *items = secret_password_search_finish (result, &error);
  SecretRetrievable *newest = get_newest (items);

  if (error != NULL)
    give_up (self, error);
  else if (newest == NULL)
    end_request (self, NULL, NULL);
  else
    take_item (self, newest);
  g_list_free_full (items, g_object_unref);
}

static void
search (KeelKeyring   *self,
        const Request *request)
{
  g_autoptr (GHashTable) attributes = make_attributes (request);
  SecretSearchFlags flags = SECRET_SEARCH_ALL | SECRET_SEARCH_LOAD_SECRETS;

  if (!self->is_left_locked)
    flags |= SECRET_SEARCH_UNLOCK;
  secret_password_searchv (&schema, attributes, flags, self->cancellable, searched_cb,
                           keyring_ref (self));
}

/* --- saving ---------------------------------------------------------------------------------- */

static void
stored_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  KeelKeyring *self = user_data;
  GError *error = NULL;

  if (secret_password_store_finish (result, &error))
    end_request (self, NULL, NULL);
  else
    {
      /* No keyring at all may be mended by starting one. */
      self->is_refusing = error->domain != G_DBUS_ERROR;
      give_up (self, error);
    }
}

static void
store (KeelKeyring   *self,
       const Request *request)
{
  g_autoptr (GHashTable) attributes = make_attributes (request);
  g_autofree char *label = g_strdup_printf ("Keelboat: %s (%s)", request->origin, request->user);

  secret_password_storev (&schema, attributes, SECRET_COLLECTION_DEFAULT, label, request->password,
                          self->cancellable, stored_cb, keyring_ref (self));
}

/* --- one at a time --------------------------------------------------------------------------- */

static void
start_next (KeelKeyring *self)
{
  const Request *request = g_queue_peek_head (&self->requests);

  if (request == NULL || self->is_asking || g_cancellable_is_cancelled (self->cancellable))
    return;
  self->is_asking = TRUE;
  if (request->cookie != NULL)
    search (self, request);
  else
    store (self, request);
}

static void
ask (KeelKeyring *self,
     const char  *cookie,
     const char  *app,
     const char  *origin,
     const char  *user,
     const char  *password)
{
  Request *request = g_new (Request, 1);

  request->cookie = g_strdup (cookie);
  request->app = g_strdup (app);
  request->origin = g_strdup (origin);
  request->user = g_strdup (user);
  request->password = g_strdup (password);
  g_queue_push_tail (&self->requests, request);
  start_next (self);
}

static void
keyring_look_up (KeelKeyring *self,
                 const char  *cookie,
                 const char  *app,
                 const char  *origin,
                 const char  *user)
{
  ask (self, cookie, app, origin, user, NULL);
}

static void
keyring_save (KeelKeyring *self,
              const char  *app,
              const char  *origin,
              const char  *user,
              const char  *password)
{
  if (!self->is_refusing)
    ask (self, NULL, app, origin, user, password);
}

static KeelKeyring *
keyring_new (KeelSecretsFunc found,
             gpointer        user_data)
{
  KeelKeyring *self = g_new0 (KeelKeyring, 1);

  g_atomic_ref_count_init (&self->refs);
  self->found = found;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  g_queue_init (&self->requests);
  return self;
}

static void
keyring_free (KeelKeyring *self)
{
  g_cancellable_cancel (self->cancellable);
  keyring_unref (self);
}

G_MODULE_EXPORT const KeelKeyringModule keel_module = {
  .module = { KEEL_VERSION },
  .make = keyring_new,
  .free = keyring_free,
  .look_up = keyring_look_up,
  .save = keyring_save,
};
