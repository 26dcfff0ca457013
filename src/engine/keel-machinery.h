/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-clock.h"
#include "keel-disk.h"
#include "keel-hosts.h"
#include "keel-rate-limiter.h"
#include "keel-store.h"
#include "keel-worker-pool.h"

G_BEGIN_DECLS

typedef enum {
  KEEL_NETWORK_ONLINE,
  KEEL_NETWORK_OFFLINE, /* what cannot be reached need not be tried before that changes */
  KEEL_NETWORK_CAPTIVE, /* whatever is asked, a sign-in page answers */
} KeelNetwork;

/* What every transfer works with. Owned by the engine, which outlives all of its transfers;
 * passed instead of being looked up, so that a test can build one by hand. */
typedef struct {
  GMainContext *context; /* (nullable) */
  KeelClock *clock;
  KeelStore *store;
  KeelDisks *disks;
  KeelWorkerPool *pool;
  KeelRateLimiter *limiter; /* the global one */
  KeelHosts *hosts;
  const char *state_dir;    /* these two: interned */
  const char *labels_dir;   /* below it: see keel-part-label.c */
  const char *spool_dir;    /* (nullable) interned: see keel-spool.c */
  KeelNetwork network;
  gboolean is_metered;    /* these three: some may not transfer now */
  gboolean is_on_battery;
  gboolean is_saving;     /* power, as somebody wishes */
  guint max_connections;  /* of a transfer that wishes nothing else */
  gboolean is_paused;     /* by the schedule: start nothing */
  gboolean is_store_full; /* the database has not been written for a while: start nothing */
  gboolean is_careful; /* after a crash: that something runs is on disk before it does */
} KeelMachinery;

G_END_DECLS
