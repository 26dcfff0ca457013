/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-schedule.h"

G_BEGIN_DECLS

/* How much and how many at once. Rates are bytes per second, and 0 is no limit. */
typedef struct {
  guint64 max_rate_bps;          /* of all together, while the schedule says nothing else */
  guint64 max_rate_per_host_bps;
  guint max_active;              /* transfers */
  guint max_per_host;            /* likewise, of one server */
  guint max_connections;         /* of one transfer that wishes nothing else */
  guint max_connections_per_host;
  guint max_connections_in_all;
  KeelSchedule *schedule;        /* (nullable) not owned */
} KeelEngineLimits;

/* One of the numbers in there: by its key in the database and on the bus. */
typedef struct {
  const char *key;
  gboolean is_rate; /* a guint64; else a guint */
  guint64 least;
  guint64 most;
  guint64 otherwise;
  gsize offset;
} KeelEngineLimit;

const KeelEngineLimit *keel_engine_limits_get_table (gsize                  *out_length);
guint64                keel_engine_limits_get       (const KeelEngineLimits *self,
                                                     const KeelEngineLimit  *limit);
void                   keel_engine_limits_set       (KeelEngineLimits       *self,
                                                     const KeelEngineLimit  *limit,
                                                     guint64                 value);
gboolean               keel_engine_limits_are_valid (const KeelEngineLimits *self);
void                   keel_engine_limits_init      (KeelEngineLimits       *self);

G_END_DECLS
