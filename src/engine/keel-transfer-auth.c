/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-transfer-private.h"

#include "keel-uri.h"

#include <string.h>

/* A transfer whose server, or proxy, wants to know who asks.
 *
 * It waits with the reason `auth` and a challenge, whose cookie names this one question and no
 * later one. Whoever drives the engine finds the answer (in a keyring, or by asking a person) and
 * gives it back; the transfer then starts anew, because no connection is kept for so long. Three
 * wrong answers end it, so that nobody's account gets locked.
 *
 * Passwords live in memory, in this object, and nowhere else in the engine. */

#define MOST_ANSWERS 3

/* A server and the proxy before it may both ask. */
static KeelCredentials **
slot_of (KeelTransfer        *self,
         const KeelChallenge *challenge)
{
  return challenge->is_proxy ? &self->proxy_credentials : &self->credentials;
}

/* Somebody wants a password; there is none, or it was wrong. */
void
keel_transfer_challenge (KeelTransfer        *self,
                         const KeelChallenge *challenge)
{
  g_autofree char *cookie = keel_part_file_dup_random_token ();
  const char *message = challenge->is_proxy ? "The proxy wants a user name and a password" :
                                              "The server wants a user name and a password";
  guint status = challenge->is_proxy ? 407 : 401;

  if (challenge->was_wrong)
    g_clear_pointer (slot_of (self, challenge), keel_credentials_free);
  if (challenge->scheme == NULL)
    {
      keel_transfer_fail (self, KEEL_TASK_ERROR_AUTH_REQUIRED,
                          "The server wants a kind of sign-in that Keelboat does not know", status);
      return;
    }
  if (challenge->was_wrong && self->n_answers >= MOST_ANSWERS)
    {
      keel_transfer_fail (self, KEEL_TASK_ERROR_AUTH_REQUIRED,
                          "The user name or the password was wrong three times", status);
      return;
    }
  keel_transfer_set_error (self, KEEL_TASK_ERROR_AUTH_REQUIRED, message, status);
  keel_transfer_note_challenge (self, cookie, challenge->origin);
  keel_transfer_wait (self, KEEL_WAIT_REASON_AUTH, -1);
  self->challenge = keel_challenge_copy (challenge);
  self->cookie = g_steal_pointer (&cookie);
  self->events.challenged (self->user_data, self);
}

/* What it waits for, or NULL. The cookie and the number of answers that were wrong are given, too.
 * (transfer none) (nullable) */
const KeelChallenge *
keel_transfer_get_challenge (KeelTransfer  *self,
                             const char   **out_cookie,
                             guint         *out_tries)
{
  if (self->challenge == NULL)
    return NULL;
  *out_cookie = self->cookie;
  *out_tries = self->challenge->was_wrong ? self->n_answers : 0;
  return self->challenge;
}

/* Answers the challenge, which there must be, and goes on. */
void
keel_transfer_answer (KeelTransfer *self,
                      const char   *user,
                      const char   *password)
{
  KeelCredentials **slot;

  g_return_if_fail (self->challenge != NULL);

  slot = slot_of (self, self->challenge);
  g_clear_pointer (slot, keel_credentials_free);
  *slot = keel_credentials_new (self->challenge->origin, user, password);
  self->n_answers++;
  if (!self->challenge->is_proxy)
    {
      g_free (self->record->user);
      self->record->user = g_strdup (user);
    }
  keel_transfer_enqueue (self);
}

/* Nobody will answer the challenge, which there must be. */
void
keel_transfer_decline (KeelTransfer *self)
{
  g_autofree char *message = g_strdup (self->record->error_message);
  guint status = self->record->error_http_status;

  g_return_if_fail (self->challenge != NULL);

  keel_transfer_fail (self, KEEL_TASK_ERROR_AUTH_REQUIRED, message, status);
}

/* The password that came with the task: it counts as the first answer. */
void
keel_transfer_take_password (KeelTransfer *self)
{
  KeelTransferRecord *record = self->record;
  g_autofree char *origin = keel_uri_dup_origin (record->uri);

  self->credentials = keel_credentials_new (origin, record->user != NULL ? record->user : "",
                                            record->password);
  self->n_answers = 1;
  explicit_bzero (record->password, strlen (record->password));
  g_clear_pointer (&record->password, g_free);
}

/* Those that the server, or the proxy, has let it in with. NULL when there are none, or they have
 * not been tried yet. (transfer none) (nullable) */
const KeelCredentials *
keel_transfer_get_proven_credentials (KeelTransfer *self)
{
  return self->n_answers == 0 ? self->credentials : NULL;
}

/* A new link brought them along: for the server of @uri, and the first answer, too. @password may
 * be NULL, and then only the name is known. */
void
keel_transfer_set_credentials (KeelTransfer *self,
                               const char   *uri,
                               const char   *user,
                               const char   *password)
{
  g_autofree char *origin = keel_uri_dup_origin (uri);

  g_free (self->record->user);
  self->record->user = g_strdup (user);
  g_clear_pointer (&self->credentials, keel_credentials_free);
  if (password == NULL)
    return;
  self->credentials = keel_credentials_new (origin, user, password);
  self->n_answers = 1;
}

/* It goes to the server of @uri from now on: what was for another one is none of its business. */
void
keel_transfer_forget_foreign_credentials (KeelTransfer *self,
                                          const char   *uri)
{
  g_autofree char *origin = keel_uri_dup_origin (uri);

  if (self->credentials != NULL && strcmp (self->credentials->origin, origin) == 0)
    return;
  g_clear_pointer (&self->credentials, keel_credentials_free);
  g_clear_pointer (&self->record->user, g_free);
  self->n_answers = 0;
}
