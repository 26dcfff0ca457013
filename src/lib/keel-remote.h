/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keel-link.h"
#include "keel-manager.h"

G_BEGIN_DECLS

#define KEEL_TYPE_REMOTE (keel_remote_get_type ())
G_DECLARE_FINAL_TYPE (KeelRemote, keel_remote, KEEL, REMOTE, GObject)

KeelRemote *keel_remote_new_manager    (KeelLink             *link);
KeelRemote *keel_remote_new_session    (KeelLink             *link,
                                        const char           *identifier,
                                        GVariant             *config,
                                        const char           *app_id);

KeelLink   *keel_remote_get_link       (KeelRemote           *self);
const char *keel_remote_get_app        (KeelRemote           *self);

void        keel_remote_open_async     (KeelRemote           *self,
                                        KeelLinkCallMode      mode,
                                        GCancellable         *cancellable,
                                        GAsyncReadyCallback   callback,
                                        gpointer              user_data);
gboolean    keel_remote_open_finish    (KeelRemote           *self,
                                        GAsyncResult         *result,
                                        GError              **error);

void        keel_remote_call_async     (KeelRemote           *self,
                                        KeelLinkCallMode      mode,
                                        const char           *method,
                                        GVariant             *parameters,
                                        const GVariantType   *reply_type,
                                        GCancellable         *cancellable,
                                        GAsyncReadyCallback   callback,
                                        gpointer              user_data);
GVariant   *keel_remote_call_finish    (KeelRemote           *self,
                                        GAsyncResult         *result,
                                        GError              **error);

void        keel_remote_return_done_cb (GObject              *source,
                                        GAsyncResult         *result,
                                        gpointer              task);

void        keel_remote_call_with_fds_async  (KeelRemote           *self,
                                              KeelLinkCallMode      mode,
                                              const char           *method,
                                              GVariant             *parameters,
                                              GUnixFDList          *fds,
                                              const GVariantType   *reply_type,
                                              GCancellable         *cancellable,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
GVariant   *keel_remote_call_with_fds_finish (KeelRemote           *self,
                                              GAsyncResult         *result,
                                              GUnixFDList         **out_fds,
                                              GError              **error);

void        keel_remote_merge_config   (KeelRemote           *self,
                                        GVariant             *config);

void        keel_remote_control_async  (KeelRemote           *self,
                                        KeelVerb              verb,
                                        const guint64        *ids,
                                        gsize                 n_ids,
                                        gboolean              all,
                                        GCancellable         *cancellable,
                                        GAsyncReadyCallback   callback,
                                        gpointer              user_data);
GVariant   *keel_remote_control_finish (KeelRemote           *self,
                                        GAsyncResult         *result,
                                        GError              **error);

G_END_DECLS
