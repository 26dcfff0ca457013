/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keel-task-private.h"

#include "keel-error.h"

/* What a server, or a proxy, wants to know before it gives a task its file, and the answer. Each
 * question has a cookie, which never leaves the library: an answer that comes late, when the task
 * asks something else or nothing, is refused by the service and does no harm. */

/**
 * keel_task_has_challenge:
 * @self: a task
 *
 * Whether the task waits for a user name and a password.
 *
 * It is so while the task waits with %KEEL_WAIT_REASON_AUTH, once the keyring had no answer.
 *
 * Returns: %TRUE if [method@Keel.Task.answer_challenge_async] makes sense
 *
 * Since: 0.1
 */
gboolean
keel_task_has_challenge (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), FALSE);

  return self->row.challenge_cookie != NULL;
}

/**
 * KeelTask:challenge-origin:
 *
 * Who asks for a password, and will get it.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_challenge_origin:
 * @self: a task
 *
 * Who asks for a password, and will get it.
 *
 * Returns: (transfer none) (nullable): "https://host:port", or "proxy", owned by the task; %NULL
 *   when nobody asks
 *
 * Since: 0.1
 */
const char *
keel_task_get_challenge_origin (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.challenge_origin;
}

/**
 * KeelTask:challenge-realm:
 *
 * What the server calls the place that the password is for. It is what a stranger wrote.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_challenge_realm:
 * @self: a task
 *
 * What the server calls the place that the password is for. It is what a stranger wrote.
 *
 * Returns: (transfer none) (nullable): the realm, owned by the task; %NULL when nobody asks
 *
 * Since: 0.1
 */
const char *
keel_task_get_challenge_realm (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.challenge_realm;
}

/**
 * KeelTask:challenge-scheme:
 *
 * How the password will be sent: "basic", which anybody on the way can read unless the origin is
 * https, or "digest".
 *
 * Since: 0.1
 */

/**
 * keel_task_get_challenge_scheme:
 * @self: a task
 *
 * How the password will be sent: "basic", which anybody on the way can read unless the origin is
 * https, or "digest".
 *
 * Returns: (transfer none) (nullable): the scheme, owned by the task; %NULL when nobody asks
 *
 * Since: 0.1
 */
const char *
keel_task_get_challenge_scheme (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), NULL);

  return self->row.challenge_scheme;
}

/**
 * KeelTask:challenge-proxy:
 *
 * Whether it is a proxy that asks for a password, and not the server of the file.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_challenge_proxy:
 * @self: a task
 *
 * Whether it is a proxy that asks for a password, and not the server of the file.
 *
 * Returns: %TRUE if it is a proxy
 *
 * Since: 0.1
 */
gboolean
keel_task_get_challenge_proxy (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), FALSE);

  return self->row.challenge_proxy;
}

/**
 * KeelTask:challenge-tries:
 *
 * How many answers to this question were wrong. After three the task fails.
 *
 * Since: 0.1
 */

/**
 * keel_task_get_challenge_tries:
 * @self: a task
 *
 * How many answers to this question were wrong. After three the task fails.
 *
 * Returns: the number; 0 when nobody asks
 *
 * Since: 0.1
 */
guint
keel_task_get_challenge_tries (KeelTask *self)
{
  g_return_val_if_fail (KEEL_IS_TASK (self), 0);

  return self->row.challenge_tries;
}

/* Takes the task. */
static void
keel_task_answer (KeelTask     *self,
                  const char   *user,
                  const char   *password,
                  GVariantDict *options,
                  GTask        *task)
{
  g_autoptr (GTask) owned = task;
  g_autoptr (GVariant) end = g_variant_ref_sink (g_variant_dict_end (options));

  if (self->row.challenge_cookie == NULL)
    g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_INVALID_STATE,
                             "The task does not ask for a password");
  else if (!g_utf8_validate (user, -1, NULL) || !g_utf8_validate (password, -1, NULL))
    g_task_return_new_error (task, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                             "The user name or the password is not valid UTF-8");
  else
    keel_remote_call_async (self->remote, KEEL_LINK_CALL_USER, "Answer",
                            g_variant_new ("(sss@a{sv})", self->row.challenge_cookie, user,
                                           password, end),
                            G_VARIANT_TYPE_UNIT, g_task_get_cancellable (task),
                            keel_remote_return_done_cb, g_steal_pointer (&owned));
}

/**
 * keel_task_answer_challenge_async:
 * @self: a task
 * @user: a user name
 * @password: the password that goes with it; both are UTF-8
 * @save: whether to use them for other tasks of the application as well and to keep them in the
 *   keyring, once they have proved right
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Answers the question that the task has now, and lets it go on.
 *
 * Ends when the service has the answer, not when the server has judged it: if it was wrong the
 * task asks anew, with one more in [method@Keel.Task.get_challenge_tries]. See
 * [method@Keel.Task.answer_finish] for the errors. To be called in the main context of the task's
 * session or manager, in which @callback is called, too. Cancelling stops the waiting only: the
 * service may have the answer all the same.
 *
 * Since: 0.1
 */
void
keel_task_answer_challenge_async (KeelTask            *self,
                                  const char          *user,
                                  const char          *password,
                                  gboolean             save,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  GTask *task;
  GVariantDict options;

  g_return_if_fail (KEEL_IS_TASK (self));
  g_return_if_fail (user != NULL);
  g_return_if_fail (password != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, keel_task_answer_challenge_async);
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "save", "b", save);
  keel_task_answer (self, user, password, &options, task);
}

/**
 * keel_task_decline_challenge_async:
 * @self: a task
 * @cancellable: (nullable): to stop waiting for the answer
 * @callback: (scope async): called with the result
 * @user_data: for @callback
 *
 * Says that there will be no answer: the task fails with %KEEL_TASK_ERROR_AUTH_REQUIRED. What it
 * has is kept, and it can be retried.
 *
 * Ends when the new state is on disk; see [method@Keel.Task.answer_finish] for the errors. To be
 * called in the main context of the task's session or manager, in which @callback is called, too.
 * Cancelling stops the waiting only: the task may have failed all the same.
 *
 * Since: 0.1
 */
void
keel_task_decline_challenge_async (KeelTask            *self,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  GTask *task;
  GVariantDict options;

  g_return_if_fail (KEEL_IS_TASK (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, keel_task_decline_challenge_async);
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "decline", "b", TRUE);
  keel_task_answer (self, "", "", &options, task);
}

/**
 * keel_task_answer_finish:
 * @self: a task
 * @result: what the callback got
 * @error: return location for an error
 *
 * Ends an answer to a question, or its refusal.
 *
 * Errors: %KEEL_ERROR_INVALID_STATE when the task asks nothing, %KEEL_ERROR_NO_SUCH_TASK when it
 * does not ask this any more, or is gone, %KEEL_ERROR_INVALID_ARGUMENT for text that cannot be
 * sent, %KEEL_ERROR_UNREACHABLE, %KEEL_ERROR_STATE, %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE if the service has it
 *
 * Since: 0.1
 */
gboolean
keel_task_answer_finish (KeelTask      *self,
                         GAsyncResult  *result,
                         GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
