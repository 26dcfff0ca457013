/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "keel-enums.h"

G_BEGIN_DECLS

/* So that times can be counted in microseconds, with much to spare. */
#define KEEL_SESSION_MOST_TIMEOUT_SECONDS (G_MAXINT64 / G_USEC_PER_SEC / 16)

/* How a session behaves. Plain data; strings are owned and nullable, and NULL is "not said". */
typedef struct {
  guint given; /* a bit for each key that somebody has said, by its place in the table */

  gboolean events;        /* what happens is written down for the application */
  gboolean launch_events; /* which may be woken for it */
  gboolean notify;        /* see keel_session_config_has_notices() */
  char *title;
  KeelNetworkUse network;
  KeelPowerUse power;
  gboolean discretionary;
  gint64 not_before_usec;
  guint max_parallel; /* these three: 0 for no limit */
  guint max_per_host;
  guint64 max_rate_bps;
  char *headers; /* as in KeelTransferRecord */
  char *user_agent;
  gint64 timeout_seconds; /* 0: none */
} KeelSessionConfig;

void     keel_session_config_init        (KeelSessionConfig       *self);
void     keel_session_config_clear       (KeelSessionConfig       *self);
void     keel_session_config_copy        (KeelSessionConfig       *self,
                                          const KeelSessionConfig *other);
gboolean keel_session_config_has_notices (const KeelSessionConfig *self);

gboolean keel_session_config_merge       (KeelSessionConfig       *self,
                                          GVariant                *changes,
                                          GError                 **error);
char    *keel_session_config_print       (const KeelSessionConfig *self);
void     keel_session_config_parse       (KeelSessionConfig       *self,
                                          const char              *text);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KeelSessionConfig, keel_session_config_clear)

G_END_DECLS
