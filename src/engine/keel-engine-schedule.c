/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine-private.h"

#include <string.h>

/* What applies to all transfers together, and when it is something else.
 *
 * The schedule overrules the limit of all together while one of its entries holds. A pause is no
 * state of a transfer: those that run go back into the queue with a checkpoint, and the scheduler
 * gives out no slot; all wait with the reason `schedule` and the time until. Checksums and renames
 * go on, since they need no network. What somebody starts by hand goes on, too, until it has ended
 * or is paused.
 *
 * The next look at the schedule is when the next entry begins or ends, but never later than in a
 * minute: the clock on the wall may be put, or the machine be carried into another time zone, and
 * nobody says so. */

#define SCHEDULE_KEY "schedule"
#define LONGEST_LOOK_USEC (60 * (gint64) G_USEC_PER_SEC)

static void
look_timer_cb (gpointer user_data)
{
  KeelEngine *self = user_data;

  self->schedule_timer = 0;
  keel_engine_apply_limits (self);
}

/* What the schedule says now; sees to it that it is asked again. */
static KeelScheduleVerdict
look_at_schedule (KeelEngine *self)
{
  KeelScheduleVerdict verdict = { KEEL_SCHEDULE_NOTHING, 0, 0 };
  KeelClock *clock = self->machinery.clock;
  gint64 wall_usec = keel_clock_get_wall_usec (clock);
  gint64 delay_usec = LONGEST_LOOK_USEC;
  g_autoptr (GTimeZone) zone = NULL;

  keel_clock_cancel (clock, &self->schedule_timer);
  if (self->limits.schedule == NULL)
    return verdict;
  zone = g_time_zone_new_local ();
  keel_schedule_look (self->limits.schedule, zone, wall_usec, &verdict);
  if (verdict.until_usec != 0)
    delay_usec = CLAMP (verdict.until_usec - wall_usec, 0, LONGEST_LOOK_USEC);
  if (!self->is_stopping)
    self->schedule_timer = keel_clock_call_after (clock, delay_usec, look_timer_cb, self);
  return verdict;
}

/* What runs gives its slot back, and keeps its turn. What somebody has started by hand while the
 * schedule said no goes on the next time, too. */
static void
interrupt_all (KeelEngine *self)
{
  for (guint i = 0; i < self->transfers->len; i++)
    {
      KeelTransfer *transfer = g_ptr_array_index (self->transfers, i);

      if (!keel_transfer_is_wanted_now (transfer))
        keel_transfer_yield (transfer, keel_transfer_get_turn (transfer));
    }
}

static void
apply_verdict (KeelEngine                *self,
               const KeelScheduleVerdict *verdict)
{
  gboolean is_paused = verdict->rule == KEEL_SCHEDULE_PAUSE;
  gboolean was_paused = self->machinery.is_paused;
  guint64 rate_bps = self->limits.max_rate_bps;

  if (verdict->rule == KEEL_SCHEDULE_RATE)
    rate_bps = verdict->rate_bps;
  if (verdict->rule == KEEL_SCHEDULE_UNLIMITED)
    rate_bps = 0;
  keel_rate_limiter_set_rate (self->machinery.limiter, rate_bps);
  self->machinery.is_paused = is_paused;
  if (is_paused)
    keel_scheduler_close (self->scheduler, verdict->until_usec);
  else
    keel_scheduler_open (self->scheduler);
  if (is_paused && !was_paused)
    interrupt_all (self);
}

/* What has been set holds from now on. */
void
keel_engine_apply_limits (KeelEngine *self)
{
  const KeelEngineLimits *limits = &self->limits;
  KeelScheduleVerdict verdict = look_at_schedule (self);

  self->machinery.max_connections = limits->max_connections;
  keel_scheduler_set_limits (self->scheduler, limits->max_active, limits->max_per_host);
  keel_hosts_set_most (self->machinery.hosts, limits->max_connections_per_host,
                       limits->max_connections_in_all);
  keel_hosts_set_max_rate (self->machinery.hosts, limits->max_rate_per_host_bps);
  apply_verdict (self, &verdict);
}

static void
load_schedule (KeelEngine *self,
               const char *text)
{
  g_auto (GStrv) entries = NULL;
  g_autoptr (GError) error = NULL;

  if (text == NULL || *text == '\0')
    return;
  entries = g_strsplit (text, "\n", -1);
  self->limits.schedule = keel_schedule_parse ((const char *const *) entries, &error);
  if (error != NULL)
    g_message ("The schedule is not valid, and is left out: %s", error->message);
}

/* From the database; what it does not have, or what makes no sense, is as usual. */
void
keel_engine_load_limits (KeelEngine              *self,
                         const KeelStoreContents *contents)
{
  gsize length;
  const KeelEngineLimit *table = keel_engine_limits_get_table (&length);

  for (gsize i = 0; i < length; i++)
    {
      const char *text = g_hash_table_lookup (contents->settings, table[i].key);
      guint64 value;

      if (text != NULL &&
          g_ascii_string_to_unsigned (text, 10, table[i].least, table[i].most, &value, NULL))
        keel_engine_limits_set (&self->limits, &table[i], value);
    }
  load_schedule (self, g_hash_table_lookup (contents->settings, SCHEDULE_KEY));
}

/* The schedule in there is borrowed, until the limits are set anew. */
void
keel_engine_get_limits (KeelEngine       *self,
                        KeelEngineLimits *out_limits)
{
  *out_limits = self->limits;
}

/* Which global limit holds now, by the schedule: 0 for none. */
guint64
keel_engine_get_present_rate (KeelEngine *self)
{
  return keel_rate_limiter_get_rate (self->machinery.limiter);
}

static void
save_setting (KeelEngineBatch *batch,
              const char      *key,
              const char      *text)
{
  batch->n_unsaved++;
  keel_store_save_setting (batch->engine->machinery.store, key, text, keel_engine_batch_saved_cb,
                           batch);
}

static void
save_schedule (KeelEngineBatch *batch,
               KeelSchedule    *schedule)
{
  g_auto (GStrv) entries = schedule != NULL ? keel_schedule_format (schedule) : NULL;
  g_autofree char *text = entries != NULL ? g_strjoinv ("\n", entries) : g_strdup ("");

  save_setting (batch, SCHEDULE_KEY, text);
}

static void
save_limits (KeelEngineBatch        *batch,
             const KeelEngineLimits *limits)
{
  gsize length;
  const KeelEngineLimit *table = keel_engine_limits_get_table (&length);

  for (gsize i = 0; i < length; i++)
    {
      g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT,
                                               keel_engine_limits_get (limits, &table[i]));

      save_setting (batch, table[i].key, text);
    }
  save_schedule (batch, limits->schedule);
}

/* They hold at once; @func comes when they are on disk. They must be valid. */
void
keel_engine_set_limits (KeelEngine             *self,
                        const KeelEngineLimits *limits,
                        KeelEngineFunc          func,
                        gpointer                user_data)
{
  KeelEngineBatch *batch = keel_engine_batch_new (self, func, user_data);
  KeelSchedule *before = self->limits.schedule;

  g_return_if_fail (keel_engine_limits_are_valid (limits));

  self->limits = *limits;
  if (limits->schedule != NULL)
    keel_schedule_ref (limits->schedule);
  g_clear_pointer (&before, keel_schedule_unref);
  if (self->is_started)
    keel_engine_apply_limits (self);
  save_limits (batch, &self->limits);
}
