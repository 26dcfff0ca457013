/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

KeelSession *keel_await_session  (const char        *identifier,
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
gboolean     keel_await_priority (KeelTask          *task,
                                  KeelPriority       priority,
                                  GError           **error);
gboolean     keel_await_uri      (KeelTask          *task,
                                  const char        *uri,
                                  GError           **error);
gboolean     keel_await_quit     (KeelManager       *manager,
                                  GError           **error);

G_END_DECLS
