/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What Flatpak says of a sandbox. */
typedef struct {
  char *app;           /* (owned) */
  char *instance_path; /* (owned) (nullable) where the application's data is, on the host */
  gboolean has_network;
} KeelSandbox;

gboolean keel_caller_info_is_app_id      (const char   *text);
gboolean keel_caller_info_is_claim       (const char   *text);
gboolean keel_caller_info_parse_sandbox  (const char   *text,
                                          gsize         length,
                                          KeelSandbox  *out_sandbox,
                                          GError      **error);
gboolean keel_caller_info_parse_start    (const char   *stat,
                                          guint64      *out_ticks);
char    *keel_caller_info_dup_unit_app   (const char   *cgroup);
gboolean keel_caller_info_is_confined    (const char   *label);

void     keel_sandbox_clear              (KeelSandbox  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KeelSandbox, keel_sandbox_clear)

G_END_DECLS
