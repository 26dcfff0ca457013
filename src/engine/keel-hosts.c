/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-hosts.h"

/* What is known of servers, beyond one transfer: how many connections there are to each, how many
 * it bore, and how many were of use. In the owner's thread.
 *
 * The first connection of a transfer is its right; it has a slot. Those that are added to make it
 * faster have to ask: they fit under the limits for one server and for all, and under what the
 * server refused to go beyond. A refusal holds for ten minutes, and what was found best for an
 * hour.
 *
 * What comes from one server, for all transfers together, may be limited; its limiter is here, too.
 *
 * A server is forgotten when nobody uses it and there is nothing to remember. */

#define REFUSAL_USEC (600 * (gint64) G_USEC_PER_SEC)
#define MEMORY_USEC (3600 * (gint64) G_USEC_PER_SEC)
/* With more than this many servers in memory those that nobody uses are looked through. */
#define MANY_HOSTS 256

struct _KeelHost {
  KeelHosts *hosts;
  char *name;               /* (owned) */
  KeelRateLimiter *limiter; /* (owned) */
  guint n_users;
  guint n_connections;
  guint ceiling; /* 0: it has refused nothing */
  gint64 ceiling_until_usec;
  guint remembered; /* 0: nothing is */
  gint64 remembered_until_usec;
};

struct _KeelHosts {
  KeelClock *clock;
  GHashTable *hosts; /* (owned) name -> KeelHost */
  guint n_connections;
  guint most_per_host;
  guint most;
  guint64 max_rate_bps; /* of each host; 0: no limit */
};

static void
host_free (KeelHost *self)
{
  keel_rate_limiter_unref (self->limiter);
  g_free (self->name);
  g_free (self);
}

/* @clock must outlive it. */
KeelHosts *
keel_hosts_new (KeelClock *clock)
{
  KeelHosts *self = g_new0 (KeelHosts, 1);

  self->clock = clock;
  self->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) host_free);
  self->most_per_host = 1;
  self->most = 1;
  return self;
}

void
keel_hosts_free (KeelHosts *self)
{
  g_hash_table_unref (self->hosts);
  g_free (self);
}

/* How many connections there may be to one server, and to all. */
void
keel_hosts_set_most (KeelHosts *self,
                     guint      per_host,
                     guint      in_all)
{
  self->most_per_host = per_host;
  self->most = in_all;
}

/* How much may come from one server, those of now included; 0: no limit. */
void
keel_hosts_set_max_rate (KeelHosts *self,
                         guint64    bytes_per_second)
{
  GHashTableIter iter;
  gpointer host;

  self->max_rate_bps = bytes_per_second;
  g_hash_table_iter_init (&iter, self->hosts);
  while (g_hash_table_iter_next (&iter, NULL, &host))
    keel_rate_limiter_set_rate (((KeelHost *) host)->limiter, bytes_per_second);
}

guint64
keel_hosts_get_max_rate (KeelHosts *self)
{
  return self->max_rate_bps;
}

static gboolean
is_forgettable (gpointer name,
                gpointer value,
                gpointer user_data)
{
  KeelHost *host = value;
  gint64 now_usec = *(gint64 *) user_data;

  return host->n_users == 0 && host->ceiling_until_usec <= now_usec &&
         host->remembered_until_usec <= now_usec;
}

static gint64
get_now (KeelHosts *self)
{
  return keel_clock_get_boottime_usec (self->clock);
}

/* What is known of server @name (host and port); to be closed. (transfer none) */
KeelHost *
keel_hosts_open (KeelHosts  *self,
                 const char *name)
{
  KeelHost *host = g_hash_table_lookup (self->hosts, name);
  gint64 now_usec = get_now (self);

  if (host == NULL)
    {
      if (g_hash_table_size (self->hosts) >= MANY_HOSTS)
        g_hash_table_foreach_remove (self->hosts, is_forgettable, &now_usec);
      host = g_new0 (KeelHost, 1);
      host->hosts = self;
      host->name = g_strdup (name);
      host->limiter = keel_rate_limiter_new (self->max_rate_bps);
      g_hash_table_insert (self->hosts, host->name, host);
    }
  host->n_users++;
  return host;
}

void
keel_host_close (KeelHost *self)
{
  gint64 now_usec = get_now (self->hosts);

  self->n_users--;
  if (is_forgettable (self->name, self, &now_usec))
    g_hash_table_remove (self->hosts->hosts, self->name);
}

/* Whether one more connection may be made, for a transfer that somebody allowed @n_wished (0: as
 * many as is usual); counts it. */
gboolean
keel_host_connect (KeelHost *self,
                   guint     n_wished)
{
  guint ceiling = keel_host_get_ceiling (self);

  if (self->hosts->n_connections >= self->hosts->most ||
      self->n_connections >= MAX (self->hosts->most_per_host, n_wished) ||
      (ceiling > 0 && self->n_connections >= ceiling))
    return FALSE;
  self->n_connections++;
  self->hosts->n_connections++;
  return TRUE;
}

/* A transfer's first connection: counted, whatever the limits. */
void
keel_host_connect_first (KeelHost *self)
{
  self->n_connections++;
  self->hosts->n_connections++;
}

/* One that was counted has ended. */
void
keel_host_disconnect (KeelHost *self)
{
  self->n_connections--;
  self->hosts->n_connections--;
}

/* The server has refused a connection while there were @n_connections others. */
void
keel_host_refused (KeelHost *self,
                   guint     n_connections)
{
  self->ceiling = MAX (n_connections, 1);
  self->ceiling_until_usec = get_now (self->hosts) + REFUSAL_USEC;
}

/* More than so many it does not bear; 0: not known. */
guint
keel_host_get_ceiling (KeelHost *self)
{
  return self->ceiling_until_usec > get_now (self->hosts) ? self->ceiling : 0;
}

/* So many connections were the best for one transfer. */
void
keel_host_remember (KeelHost *self,
                    guint     n_connections)
{
  self->remembered = n_connections;
  self->remembered_until_usec = get_now (self->hosts) + MEMORY_USEC;
}

/* What was remembered last; 0: nothing, or too long ago. */
guint
keel_host_get_remembered (KeelHost *self)
{
  return self->remembered_until_usec > get_now (self->hosts) ? self->remembered : 0;
}

/* What all that comes from it has to pass. (transfer none) */
KeelRateLimiter *
keel_host_get_limiter (KeelHost *self)
{
  return self->limiter;
}
