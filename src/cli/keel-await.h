/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

/* What keel calls itself: as everything does that calls itself nothing, and as the window does. The
 * desktop would say the name of the terminal that it runs in. */
#define KEEL_OWN_APP "host"

KeelSession *keel_await_session  (const char        *identifier,
                                  gboolean           fetch,
                                  GError           **error);
KeelManager *keel_await_manager  (KeelManagerFlags   flags,
                                  GError           **error);
GPtrArray   *keel_await_add      (KeelSession       *session,
                                  KeelDownload     **downloads,
                                  gsize              n_downloads,
                                  GError           **error);
GPtrArray   *keel_await_tasks    (KeelManager       *manager,
                                  const guint64     *ids,
                                  gsize              n_ids,
                                  GError           **error);
GVariant    *keel_await_control  (KeelManager       *manager,
                                  KeelVerb           verb,
                                  const guint64     *ids,
                                  gsize              n_ids,
                                  gboolean           all,
                                  GError           **error);
GVariant    *keel_await_status   (KeelManager       *manager,
                                  GError           **error);
gboolean     keel_await_limits   (KeelManager       *manager,
                                  GVariant          *limits,
                                  GError           **error);
gboolean     keel_await_max_rate (KeelTask          *task,
                                  guint64            bytes_per_second,
                                  GError           **error);
gboolean     keel_await_max_connections (KeelTask   *task,
                                  guint              max_connections,
                                  GError           **error);
gboolean     keel_await_priority (KeelTask          *task,
                                  KeelPriority       priority,
                                  GError           **error);
gboolean     keel_await_move     (KeelTask          *task,
                                  KeelPosition       position,
                                  GError           **error);
gboolean     keel_await_uri      (KeelTask          *task,
                                  const char        *uri,
                                  GError           **error);
gboolean     keel_await_directory (KeelTask         *task,
                                   GFile            *directory,
                                   GError          **error);
gboolean     keel_await_is_running (GError         **error);
gboolean     keel_await_quit     (KeelManager       *manager,
                                  GError           **error);

G_END_DECLS
