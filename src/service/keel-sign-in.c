/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-sign-in.h"

#include "keel-secrets.h"

#include <string.h>

/* Who answers when a server wants to know who asks.
 *
 * First what another transfer of the same application was let in with by the same server; then
 * what the keyring has; then a person, by way of the Answer call. Only the first question is
 * answered from here: a password that proved wrong is not tried again, and two servers that send a
 * transfer to and fro are not answered for ever. A proxy is never answered from here, nor is its
 * password kept: a challenge does not say which proxy it is, and the next one may be a stranger's.
 *
 * While the keyring is asked nobody is told that there is a question: it may be settled in a
 * moment, and a program that waits would leave for nothing. A keyring that takes its time, because
 * it is locked or hangs, is not waited for.
 *
 * A password is kept only when a server has let somebody in with it. One that was given and never
 * tried would be lost with the process, but one that is wrong would replace the right one. */

#define PATIENCE_USEC ((gint64) G_USEC_PER_SEC)
#define LOOKING_KEY "keel-looking"

typedef enum {
  ANSWER_PRIVATE, /* for this transfer alone; never in the table */
  ANSWER_FRESH,   /* may be kept once it has proved right */
  ANSWER_KEPT,    /* is in the keyring, or was offered to it */
} Answer;

struct _KeelSignIn {
  KeelEngine *engine;   /* (owned) */
  KeelSecrets *secrets; /* (owned) */
  GHashTable *answers;  /* (owned) id of a transfer -> Answer */
  GHashTable *served;   /* (owned) "id origin" of questions that were answered from here */
};

/* A transfer whose question the keyring has. */
typedef struct {
  KeelSignIn *self;
  KeelTransfer *transfer; /* owns this */
  guint timer;
} Looking;

/* Whether @transfer has a question that nobody needs to know of yet. */
gboolean
keel_sign_in_is_looking (KeelTransfer *transfer)
{
  return g_object_get_data (G_OBJECT (transfer), LOOKING_KEY) != NULL;
}

static const char *
get_app (KeelSignIn   *self,
         KeelTransfer *transfer)
{
  gint64 session_id = keel_transfer_get_record (transfer)->session_id;

  return keel_engine_get_session (self->engine, session_id)->app;
}

static Answer
get_answer (KeelSignIn   *self,
            KeelTransfer *transfer)
{
  gint64 id = keel_transfer_get_record (transfer)->id;

  return (Answer) GPOINTER_TO_INT (g_hash_table_lookup (self->answers, &id));
}

static void
set_answer (KeelSignIn *self,
            gint64      id,
            Answer      answer)
{
  if (answer == ANSWER_PRIVATE)
    g_hash_table_remove (self->answers, &id);
  else
    g_hash_table_insert (self->answers, g_memdup2 (&id, sizeof id), GINT_TO_POINTER (answer));
}

/* --- what is known already ------------------------------------------------------------------- */

/* What @app was let in with by @origin, as @user if that is not NULL, and may be used for others.
 * (transfer none) (nullable) */
static const KeelCredentials *
find_proven (KeelSignIn *self,
             const char *app,
             const char *origin,
             const char *user)
{
  GHashTableIter iter;
  gpointer key;
  gpointer answer;

  g_hash_table_iter_init (&iter, self->answers);
  while (g_hash_table_iter_next (&iter, &key, &answer))
    {
      KeelTransfer *transfer = keel_engine_get_transfer (self->engine, *(const gint64 *) key);
      const KeelCredentials *proven = NULL;

      if (GPOINTER_TO_INT (answer) == ANSWER_KEPT && transfer != NULL)
        proven = keel_transfer_get_proven_credentials (transfer);
      if (proven != NULL && strcmp (proven->origin, origin) == 0 &&
          (user == NULL || strcmp (proven->user, user) == 0) &&
          strcmp (get_app (self, transfer), app) == 0)
        return proven;
    }
  return NULL;
}

static char *
dup_key (KeelTransfer        *transfer,
         const KeelChallenge *challenge)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT " %s", keel_transfer_get_record (transfer)->id,
                          challenge->origin);
}

/* The question of @transfer, if it is one to be answered from here. (transfer none) (nullable) */
static const KeelChallenge *
get_question (KeelSignIn    *self,
              KeelTransfer  *transfer,
              const char   **out_cookie)
{
  guint tries;
  const KeelChallenge *challenge = keel_transfer_get_challenge (transfer, out_cookie, &tries);
  g_autofree char *key = NULL;

  if (challenge == NULL || challenge->is_proxy || challenge->was_wrong)
    return NULL;
  key = dup_key (transfer, challenge);
  return g_hash_table_contains (self->served, key) ? NULL : challenge;
}

static void
serve (KeelSignIn          *self,
       KeelTransfer        *transfer,
       const KeelChallenge *challenge,
       const char          *user,
       const char          *password)
{
  g_hash_table_add (self->served, dup_key (transfer, challenge));
  set_answer (self, keel_transfer_get_record (transfer)->id, ANSWER_KEPT);
  keel_transfer_answer (transfer, user, password);
}

/* --- where answers come from ----------------------------------------------------------------- */

static gboolean
answer_from_memory (KeelSignIn   *self,
                    KeelTransfer *transfer)
{
  const char *cookie;
  const KeelChallenge *challenge = get_question (self, transfer, &cookie);
  const KeelCredentials *proven = NULL;

  if (challenge != NULL)
    proven = find_proven (self, get_app (self, transfer), challenge->origin,
                          keel_transfer_get_record (transfer)->user);
  if (proven == NULL)
    return FALSE;
  serve (self, transfer, challenge, proven->user, proven->password);
  return TRUE;
}

static void
answer_others (KeelSignIn *self)
{
  GPtrArray *transfers = keel_engine_get_transfers (self->engine);

  for (guint i = 0; i < transfers->len; i++)
    answer_from_memory (self, g_ptr_array_index (transfers, i));
}

static void
looking_free (gpointer data)
{
  Looking *looking = data;

  keel_clock_cancel (keel_engine_get_clock (looking->self->engine), &looking->timer);
  g_free (looking);
}

/* From now on everybody may know. */
static void
stop_looking (KeelTransfer *transfer)
{
  Looking *looking = g_object_get_data (G_OBJECT (transfer), LOOKING_KEY);
  KeelEngine *engine;

  if (looking == NULL)
    return;
  engine = looking->self->engine;
  g_object_set_data (G_OBJECT (transfer), LOOKING_KEY, NULL);
  g_signal_emit_by_name (engine, "transfer-changed", transfer);
}

static void
patience_cb (gpointer user_data)
{
  Looking *looking = user_data;

  looking->timer = 0;
  stop_looking (looking->transfer);
}

static void
look_up (KeelSignIn          *self,
         KeelTransfer        *transfer,
         const KeelChallenge *challenge,
         const char          *cookie)
{
  Looking *looking = g_new (Looking, 1);

  looking->self = self;
  looking->transfer = transfer;
  looking->timer = keel_clock_call_after (keel_engine_get_clock (self->engine), PATIENCE_USEC,
                                          patience_cb, looking);
  g_object_set_data_full (G_OBJECT (transfer), LOOKING_KEY, looking, looking_free);
  keel_secrets_look_up (self->secrets, cookie, get_app (self, transfer), challenge->origin,
                        keel_transfer_get_record (transfer)->user);
}

static void
found_cb (gpointer    user_data,
          const char *cookie,
          const char *user,
          const char *password)
{
  KeelSignIn *self = user_data;
  GPtrArray *transfers = keel_engine_get_transfers (self->engine);

  for (guint i = 0; i < transfers->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (transfers, i);
      const char *present;
      const KeelChallenge *challenge = get_question (self, transfer, &present);

      if (challenge == NULL || strcmp (present, cookie) != 0)
        continue;
      if (password != NULL)
        serve (self, transfer, challenge, user, password);
      stop_looking (transfer);
      return;
    }
}

static void
transfer_challenged_cb (KeelEngine   *engine,
                        KeelTransfer *transfer,
                        KeelSignIn   *self)
{
  const char *cookie;
  const KeelChallenge *challenge = get_question (self, transfer, &cookie);

  if (challenge != NULL && !answer_from_memory (self, transfer))
    look_up (self, transfer, challenge, cookie);
}

/* A password that was given for a transfer has proved right: it is kept, and serves others. */
static void
transfer_changed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelSignIn   *self)
{
  const KeelCredentials *proven;
  const KeelCredentials *known;
  const char *app;

  if (g_hash_table_size (self->answers) == 0 || get_answer (self, transfer) != ANSWER_FRESH)
    return;
  proven = keel_transfer_get_proven_credentials (transfer);
  if (proven == NULL || strcmp (proven->origin, KEEL_CHALLENGE_PROXY) == 0)
    return;
  app = get_app (self, transfer);
  known = find_proven (self, app, proven->origin, proven->user);
  set_answer (self, keel_transfer_get_record (transfer)->id, ANSWER_KEPT);
  /* Many downloads that came with the same password are one thing to keep. */
  if (known != NULL && strcmp (known->password, proven->password) == 0)
    return;
  keel_secrets_save (self->secrets, app, proven->origin, proven->user, proven->password);
  answer_others (self);
}

static gboolean
is_of_transfer (gpointer key,
                gpointer value,
                gpointer prefix)
{
  return g_str_has_prefix (key, prefix);
}

static void
transfer_removed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelSignIn   *self)
{
  gint64 id = keel_transfer_get_record (transfer)->id;
  g_autofree char *prefix = g_strdup_printf ("%" G_GINT64_FORMAT " ", id);

  g_hash_table_remove (self->answers, &id);
  g_hash_table_foreach_remove (self->served, is_of_transfer, prefix);
}

/* --- from outside ---------------------------------------------------------------------------- */

/* The transfer has come with a password, which may be kept when it has proved right. */
void
keel_sign_in_remember (KeelSignIn *self,
                       gint64      id)
{
  set_answer (self, id, ANSWER_FRESH);
}

/* Answers the challenge of @transfer, which there must be. With @save it serves other transfers of
 * the application, too, and is kept, when it has proved right. */
void
keel_sign_in_answer (KeelSignIn   *self,
                     KeelTransfer *transfer,
                     const char   *user,
                     const char   *password,
                     gboolean      save)
{
  set_answer (self, keel_transfer_get_record (transfer)->id, save ? ANSWER_FRESH : ANSWER_PRIVATE);
  keel_transfer_answer (transfer, user, password);
}

KeelSignIn *
keel_sign_in_new (KeelEngine *engine)
{
  KeelSignIn *self = g_new0 (KeelSignIn, 1);

  self->engine = g_object_ref (engine);
  self->secrets = keel_secrets_new (found_cb, self);
  self->answers = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->served = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_signal_connect (engine, "transfer-challenged", G_CALLBACK (transfer_challenged_cb), self);
  g_signal_connect (engine, "transfer-changed", G_CALLBACK (transfer_changed_cb), self);
  g_signal_connect (engine, "transfer-removed", G_CALLBACK (transfer_removed_cb), self);
  return self;
}

void
keel_sign_in_free (KeelSignIn *self)
{
  GPtrArray *transfers = keel_engine_get_transfers (self->engine);

  g_signal_handlers_disconnect_by_data (self->engine, self);
  for (guint i = 0; i < transfers->len; i++)
    g_object_set_data (g_ptr_array_index (transfers, i), LOOKING_KEY, NULL);
  keel_secrets_free (self->secrets);
  g_hash_table_unref (self->answers);
  g_hash_table_unref (self->served);
  g_object_unref (self->engine);
  g_free (self);
}
