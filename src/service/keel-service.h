/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-clock.h"

G_BEGIN_DECLS

#define KEEL_TYPE_SERVICE (keel_service_get_type ())
G_DECLARE_FINAL_TYPE (KeelService, keel_service, KEEL, SERVICE, GApplication)

typedef struct {
  const char *state_dir;
  gint64 idle_usec;       /* how long to stay with nothing to do */
  gboolean has_test_clock; /* let callers move the clock: for tests */
  gboolean by_token;      /* callers cannot be looked at, and show a token */
} KeelServiceOptions;

KeelService *keel_service_new          (KeelClock                *clock,
                                        const KeelServiceOptions *options);
gboolean     keel_service_is_redundant (KeelService              *self);
void         keel_service_terminate    (KeelService              *self);

G_END_DECLS
