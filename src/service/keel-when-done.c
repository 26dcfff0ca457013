/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-when-done.h"

#include "keel-notice-words.h"
#include "keel-notifier.h"

#include <gio/gio.h>
#include <string.h>

/* What becomes of the machine when all is done: nothing, or logind puts it to sleep or switches it
 * off (org.freedesktop.login1(5)). It is a wish of this evening: it belongs to the service that
 * runs, is in no database, and is over once it was carried out or stopped.
 *
 * All is done when the last transfer of anybody that could end by itself has ended. What somebody
 * has paused or cancelled rests, and is no end: who stops the last one by hand sits there. While
 * one waits for a person the machine stays on, and that is said. Then there are 60 seconds,
 * announced by a notification with a button, also in quiet hours and while the window is looked at;
 * whatever begins within them stops it, and then the next end counts.
 *
 * logind is asked what it can do before anything is offered, and never to ask for a password:
 * nobody is there who could give it. Other programs that hold the machine awake, and people who are
 * logged in, are a reason for it to refuse. Nothing it does or leaves can block us; what came of it
 * is told. In a sandbox there is no way to it, and nothing is offered. */

#define NAME "org.freedesktop.login1"
#define PATH "/org/freedesktop/login1"
#define INTERFACE "org.freedesktop.login1.Manager"
#define ASK_MSEC 3000
#define ACT_MSEC 10000

/* What ends or begins together is looked at together; a password may be in the keyring. */
#define GATHER_USEC (2 * (gint64) G_USEC_PER_SEC)
#define COUNTDOWN_USEC (60 * (gint64) G_USEC_PER_SEC)

#define YES "yes"
#define NO_LOGIND "unavailable"

typedef enum { PENDING, NEEDING, ENDED, RESTING } Standing;

struct _KeelWhenDone {
  const KeelHouse *house;
  KeelClock *clock;
  GFunc rested;
  gpointer user_data;
  GCancellable *cancellable; /* (owned) of everything */
  KeelWhenDoneAction action;
  gboolean has_end; /* something has ended since it was chosen, or stopped */
  gboolean is_told; /* that the machine stays on */
  guint gather_timer;
  guint countdown;
  gboolean is_acting; /* logind has been told, and has not answered */
};

/* A question of somebody what can be chosen; its answers come one after the other. */
typedef struct {
  KeelWhenDoneFunc func;
  gpointer user_data;
  GCancellable *cancellable; /* (owned) */
  GDBusConnection *bus;      /* (owned) (nullable) */
  const char *answers[2];
  guint n_answers;
} Question;

static const char *const words[] = { "nothing", "suspend", "power-off" };
static const char *const questions[] = { "CanSuspend", "CanPowerOff" };
static const char *const orders[] = { NULL, "Suspend", "PowerOff" };

static void transfer_changed_cb (KeelEngine *engine, KeelTransfer *transfer, KeelWhenDone *self);

/* --- what is left to do ---------------------------------------------------------------------- */

static Standing
get_standing (KeelTransfer *transfer)
{
  const KeelTransferRecord *record = keel_transfer_get_record (transfer);

  switch ((int) record->state)
    {
    case KEEL_TRANSFER_FINISHED:
    case KEEL_TRANSFER_FAILED:
      return ENDED;
    case KEEL_TRANSFER_PAUSED:
    case KEEL_TRANSFER_CANCELLED:
    case KEEL_TRANSFER_DELETING:
      return RESTING;
    case KEEL_TRANSFER_WAITING:
      return record->wait_reason == KEEL_WAIT_REASON_AUTH ||
                 record->wait_reason == KEEL_WAIT_REASON_LOW_DISK ||
                 record->wait_reason == KEEL_WAIT_REASON_DESTINATION ||
                 record->wait_reason == KEEL_WAIT_REASON_CAPTIVE_PORTAL ?
               NEEDING :
               PENDING;
    default:
      return PENDING;
    }
}

/* Whether nothing is left that will end by itself; how many need somebody. */
static gboolean
is_all_done (KeelWhenDone *self,
             guint        *out_n_needing)
{
  GPtrArray *transfers = keel_engine_get_transfers (self->house->engine);

  *out_n_needing = 0;
  for (guint i = 0; i < transfers->len; i++)
    {
      Standing standing = get_standing (g_ptr_array_index (transfers, i));

      if (standing == PENDING)
        return FALSE;
      if (standing == NEEDING)
        (*out_n_needing)++;
    }
  return TRUE;
}

/* --- doing it -------------------------------------------------------------------------------- */

static void
stop_countdown (KeelWhenDone *self)
{
  keel_clock_cancel (self->clock, &self->gather_timer);
  if (self->countdown == 0)
    return;
  keel_clock_cancel (self->clock, &self->countdown);
  keel_notifier_take_back (self->house->notifier, KEEL_NOTICE_WHEN_DONE);
}

/* The wish is over. */
static void
end (KeelWhenDone *self)
{
  stop_countdown (self);
  g_signal_handlers_disconnect_by_func (self->house->engine, transfer_changed_cb, self);
  self->action = KEEL_WHEN_DONE_NOTHING;
}

static void
fail (KeelWhenDone       *self,
      KeelWhenDoneAction  action,
      const GError       *error)
{
  gboolean is_silent = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
                       g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY);

  g_message ("The machine was to do this: %s. %s", words[action], error->message);
  self->is_acting = FALSE;
  keel_notifier_tell_now (self->house->notifier,
                          keel_notice_words_for_no_power (action == KEEL_WHEN_DONE_SUSPEND,
                                                          is_silent));
  self->rested (self, self->user_data);
}

typedef struct {
  KeelWhenDone *self;
  KeelWhenDoneAction action;
} Order;

static void
ordered_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autofree Order *order = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply == NULL)
    {
      fail (order->self, order->action, error);
      return;
    }
  order->self->is_acting = FALSE;
  keel_notifier_take_back (order->self->house->notifier, KEEL_NOTICE_WHEN_DONE);
  order->self->rested (order->self, order->self->user_data);
}

static void
order_bus_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autofree Order *order = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (bus == NULL)
    {
      fail (order->self, order->action, error);
      return;
    }
  g_dbus_connection_set_exit_on_close (bus, FALSE);
  /* FALSE: nobody is to be asked for a password. */
  g_dbus_connection_call (bus, NAME, PATH, INTERFACE, orders[order->action],
                          g_variant_new ("(b)", FALSE), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          ACT_MSEC, order->self->cancellable, ordered_cb, order);
  g_steal_pointer (&order);
}

static void
countdown_cb (gpointer user_data)
{
  KeelWhenDone *self = user_data;
  Order *order = g_new0 (Order, 1);

  /* It is no countdown any more that could be stopped: the notice stays until there is an answer.
   */
  self->countdown = 0;
  order->self = self;
  order->action = self->action;
  end (self);
  self->is_acting = TRUE;
  g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, order_bus_cb, order);
}

/* --- when ------------------------------------------------------------------------------------ */

static void
gather_timer_cb (gpointer user_data)
{
  KeelWhenDone *self = user_data;
  guint n_needing;

  self->gather_timer = 0;
  if (self->countdown != 0 || !is_all_done (self, &n_needing))
    return; /* there is a reason to stay */
  if (n_needing > 0 && !self->is_told)
    {
      self->is_told = TRUE;
      keel_notifier_tell_now (self->house->notifier, keel_notice_words_for_stays_on (n_needing));
    }
  if (n_needing > 0 || !self->has_end)
    {
      self->rested (self, self->user_data);
      return;
    }
  self->has_end = FALSE;
  self->countdown = keel_clock_call_after (self->clock, COUNTDOWN_USEC, countdown_cb, self);
  keel_notifier_tell_now (self->house->notifier,
                          keel_notice_words_for_countdown (self->action == KEEL_WHEN_DONE_SUSPEND));
}

static void
transfer_changed_cb (KeelEngine   *engine,
                     KeelTransfer *transfer,
                     KeelWhenDone *self)
{
  Standing standing = get_standing (transfer);

  if (standing == PENDING)
    {
      self->is_told = FALSE;
      stop_countdown (self);
      return;
    }
  if (standing == ENDED)
    self->has_end = TRUE;
  if (standing != RESTING && self->gather_timer == 0)
    self->gather_timer = keel_clock_call_after (self->clock, GATHER_USEC, gather_timer_cb, self);
}

static void
cancelled_cb (gpointer user_data)
{
  KeelWhenDone *self = user_data;

  if (self->countdown == 0)
    return;
  end (self);
  self->rested (self, self->user_data);
}

/* --- what can be chosen ---------------------------------------------------------------------- */

static void
answer (Question *question)
{
  question->func (question->user_data, question->answers[0], question->answers[1]);
  g_clear_object (&question->bus);
  g_object_unref (question->cancellable);
  g_free (question);
}

static void ask_next (Question *question);

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Question *question = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  const char *word = NULL;

  if (g_cancellable_is_cancelled (question->cancellable))
    {
      question->answers[0] = question->answers[1] = NULL;
      answer (question);
      return;
    }
  if (reply != NULL)
    g_variant_get (reply, "(&s)", &word);
  else
    g_debug ("What becomes of the machine cannot be chosen: %s", error->message);
  if (word == NULL)
    question->answers[question->n_answers] = NO_LOGIND;
  else if (strcmp (word, "yes") == 0)
    question->answers[question->n_answers] = YES;
  else
    /* "na": the machine cannot do it; "challenge": after a password. */
    question->answers[question->n_answers] = strcmp (word, "na") == 0 ? "unsupported" :
                                                                        "not-allowed";
  question->n_answers++;
  ask_next (question);
}

static void
ask_next (Question *question)
{
  if (question->n_answers == G_N_ELEMENTS (questions))
    answer (question);
  else
    g_dbus_connection_call (question->bus, NAME, PATH, INTERFACE, questions[question->n_answers],
                            NULL, G_VARIANT_TYPE ("(s)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, ASK_MSEC,
                            question->cancellable, answered_cb, question);
}

static void
question_bus_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  Question *question = user_data;
  g_autoptr (GError) error = NULL;

  question->bus = g_bus_get_finish (result, &error);
  if (question->bus != NULL)
    {
      g_dbus_connection_set_exit_on_close (question->bus, FALSE);
      ask_next (question);
      return;
    }
  g_debug ("What becomes of the machine cannot be chosen: %s", error->message);
  if (!g_cancellable_is_cancelled (question->cancellable))
    question->answers[0] = question->answers[1] = NO_LOGIND;
  answer (question);
}

/* @func comes in any case, within some seconds; with NULL when the service leaves. */
void
keel_when_done_ask (KeelWhenDone     *self,
                    KeelWhenDoneFunc  func,
                    gpointer          user_data)
{
  Question *question;

  if (self->house->is_sandboxed)
    {
      func (user_data, "sandbox", "sandbox");
      return;
    }
  question = g_new0 (Question, 1);
  question->cancellable = g_object_ref (self->cancellable);
  question->func = func;
  question->user_data = user_data;
  g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, question_bus_cb, question);
}

gboolean
keel_when_done_parse (const char         *word,
                      KeelWhenDoneAction *out_action)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i], word) == 0)
      {
        *out_action = (KeelWhenDoneAction) i;
        return TRUE;
      }
  return FALSE;
}

const char *
keel_when_done_get_word (KeelWhenDone *self)
{
  return words[self->action];
}

/* In the place of what was chosen before. The caller has asked whether it can be. */
void
keel_when_done_set (KeelWhenDone       *self,
                    KeelWhenDoneAction  action)
{
  if (self->action == action)
    return;
  end (self);
  self->action = action;
  self->has_end = self->is_told = FALSE;
  if (action != KEEL_WHEN_DONE_NOTHING)
    g_signal_connect (self->house->engine, "transfer-changed", G_CALLBACK (transfer_changed_cb),
                      self);
}

/* --- life ------------------------------------------------------------------------------------ */

/* Whether it is about to do something, which the service has to stay for. */
gboolean
keel_when_done_is_busy (KeelWhenDone *self)
{
  return self->gather_timer != 0 || self->countdown != 0 || self->is_acting;
}

/* @house must outlive it. @rested is called, with @user_data second, when it may not be busy any
 * more. */
KeelWhenDone *
keel_when_done_new (const KeelHouse *house,
                    GFunc            rested,
                    gpointer         user_data)
{
  KeelWhenDone *self = g_new0 (KeelWhenDone, 1);

  self->house = house;
  self->clock = keel_engine_get_clock (house->engine);
  self->rested = rested;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  keel_notifier_set_cancelled (house->notifier, cancelled_cb, self);
  return self;
}

void
keel_when_done_free (KeelWhenDone *self)
{
  end (self);
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_free (self);
}
