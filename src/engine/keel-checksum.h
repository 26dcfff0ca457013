/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-part-file.h"

G_BEGIN_DECLS

gboolean keel_checksum_parse   (const char   *text,
                                char        **out_algorithm,
                                char        **out_hex,
                                GError      **error);
gboolean keel_checksum_parse_digest (const char  *repr_digest,
                                     char       **out_algorithm,
                                     char       **out_hex);
typedef struct _KeelChecksum KeelChecksum;

KeelChecksum *keel_checksum_new          (const char    *algorithm);
void          keel_checksum_free         (KeelChecksum  *self);
guint64       keel_checksum_get_position (KeelChecksum  *self);
void          keel_checksum_add          (KeelChecksum  *self,
                                          gconstpointer  bytes,
                                          gsize          length);
char         *keel_checksum_finish       (KeelChecksum  *self,
                                          KeelPartFile  *part,
                                          guint64        length,
                                          GCancellable  *cancellable,
                                          GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelChecksum, keel_checksum_free)

G_END_DECLS
