/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

#define KEEL_SERVICE_PATH "/io/github/keelboat/Transfers1"
#define KEEL_SERVICE_INTERFACE "io.github.keelboat.Transfers1.Service"
#define KEEL_SESSION_INTERFACE "io.github.keelboat.Transfers1.Session"
#define KEEL_MANAGER_INTERFACE "io.github.keelboat.Transfers1.Manager"

/* KEEL_LINK_CALL_FOLLOW_UP: the library's own doing; a service that is away is not started.
 * KEEL_LINK_CALL_USER: somebody wants this; the service is started for it.
 * KEEL_LINK_CALL_IF_RUNNING: nothing to do when the service is away: a NULL reply, no error. */
typedef enum {
  KEEL_LINK_CALL_FOLLOW_UP,
  KEEL_LINK_CALL_USER,
  KEEL_LINK_CALL_IF_RUNNING,
} KeelLinkCallMode;

#define KEEL_TYPE_LINK (keel_link_get_type ())
G_DECLARE_FINAL_TYPE (KeelLink, keel_link, KEEL, LINK, GObject)

KeelLink        *keel_link_dup_default    (void);

void             keel_link_open_async     (KeelLink            *self,
                                           GCancellable        *cancellable,
                                           GAsyncReadyCallback  callback,
                                           gpointer             user_data);
gboolean         keel_link_open_finish    (KeelLink            *self,
                                           GAsyncResult        *result,
                                           GError             **error);

GDBusConnection *keel_link_get_connection (KeelLink            *self);
const char      *keel_link_get_owner      (KeelLink            *self);

void             keel_link_call_async     (KeelLink            *self,
                                           KeelLinkCallMode     mode,
                                           const char          *path,
                                           const char          *interface,
                                           const char          *method,
                                           GVariant            *parameters,
                                           GUnixFDList         *fds,
                                           const GVariantType  *reply_type,
                                           GCancellable        *cancellable,
                                           GAsyncReadyCallback  callback,
                                           gpointer             user_data);
GVariant        *keel_link_call_finish    (KeelLink            *self,
                                           GAsyncResult        *result,
                                           gboolean            *out_reply_was_lost,
                                           GUnixFDList        **out_fds,
                                           GError             **error);

void             keel_link_want_service   (KeelLink            *self);
void             keel_link_note_user      (KeelLink            *self);
void             keel_link_reconnect      (KeelLink            *self);
void             keel_link_set_quitting   (KeelLink            *self,
                                           gboolean             quitting);

void             keel_link_add_session    (KeelLink            *self,
                                           GObject             *session);
void             keel_link_remove_session (KeelLink            *self,
                                           GObject             *session);
GPtrArray       *keel_link_get_sessions   (KeelLink            *self);

GSource         *keel_link_add_timeout    (KeelLink            *self,
                                           guint                interval_msec,
                                           GSourceFunc          callback,
                                           gpointer             user_data);

G_END_DECLS
