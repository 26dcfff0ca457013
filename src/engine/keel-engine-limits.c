/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-engine-limits.h"

/* What applies to all transfers together. One table says what each number is called in the
 * database and on the bus, what it may be, and what it is when nobody has said anything: six
 * transfers at once, and eight connections to a server, which is polite. Pure. */

#define MOST_AT_ONCE 32
#define DEFAULT_ACTIVE 6
#define DEFAULT_PER_HOST 8
#define DEFAULT_CONNECTIONS 8

#define RATE(key, field)                                                                           \
  {                                                                                                \
    key, TRUE, 0, G_MAXINT64, 0, G_STRUCT_OFFSET (KeelEngineLimits, field)                         \
  }
#define COUNT(key, field, otherwise)                                                               \
  {                                                                                                \
    key, FALSE, 1, MOST_AT_ONCE, otherwise, G_STRUCT_OFFSET (KeelEngineLimits, field)              \
  }

static const KeelEngineLimit table[] = {
  RATE ("max-rate", max_rate_bps),
  RATE ("max-rate-per-host", max_rate_per_host_bps),
  COUNT ("max-active", max_active, DEFAULT_ACTIVE),
  COUNT ("max-per-host", max_per_host, DEFAULT_PER_HOST),
  COUNT ("max-connections", max_connections, DEFAULT_CONNECTIONS),
  COUNT ("max-connections-per-host", max_connections_per_host, DEFAULT_CONNECTIONS),
  COUNT ("max-connections-in-all", max_connections_in_all, MOST_AT_ONCE),
};

const KeelEngineLimit *
keel_engine_limits_get_table (gsize *out_length)
{
  *out_length = G_N_ELEMENTS (table);
  return table;
}

guint64
keel_engine_limits_get (const KeelEngineLimits *self,
                        const KeelEngineLimit  *limit)
{
  gconstpointer field = G_STRUCT_MEMBER_P (self, limit->offset);

  return limit->is_rate ? *(const guint64 *) field : *(const guint *) field;
}

void
keel_engine_limits_set (KeelEngineLimits      *self,
                        const KeelEngineLimit *limit,
                        guint64                value)
{
  gpointer field = G_STRUCT_MEMBER_P (self, limit->offset);

  if (limit->is_rate)
    *(guint64 *) field = value;
  else
    *(guint *) field = (guint) value;
}

gboolean
keel_engine_limits_are_valid (const KeelEngineLimits *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      guint64 value = keel_engine_limits_get (self, &table[i]);

      if (value < table[i].least || value > table[i].most)
        return FALSE;
    }
  return TRUE;
}

/* What holds when nobody has said anything. */
void
keel_engine_limits_init (KeelEngineLimits *self)
{
  *self = (KeelEngineLimits) { 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    keel_engine_limits_set (self, &table[i], table[i].otherwise);
}
