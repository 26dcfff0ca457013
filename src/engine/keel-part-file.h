/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-place.h"
#include "keel-sync-group.h"
#include "keel-transfer-record.h"

G_BEGIN_DECLS

typedef struct _KeelPartFile KeelPartFile;

/* As many bytes as a file of unknown length should find free. */
#define KEEL_PART_FILE_ENOUGH G_MAXUINT64

typedef enum {
  KEEL_PART_FILE_OK,
  KEEL_PART_FILE_FOREIGN, /* something else has its place: choose another name, start from zero */
  KEEL_PART_FILE_LOST,    /* it is gone, or shorter than it was: start from zero */
  KEEL_PART_FILE_ERROR,
} KeelPartFileVerdict;

KeelPartFileVerdict keel_part_file_open  (const KeelPlace *place,
                                          const char    *name,
                                          const char    *token,
                                          guint64        known_ino,
                                          guint64        durable,
                                          KeelPartFile **out_part,
                                          GError       **error);
KeelPartFile *keel_part_file_create_beside (KeelPartFile *self,
                                            const char   *name,
                                            const char   *token,
                                            GError      **error);
gboolean      keel_part_file_copy        (KeelPartFile  *self,
                                          KeelPartFile  *to,
                                          guint64        length,
                                          GCancellable  *cancellable,
                                          GError       **error);
KeelPartFile *keel_part_file_ref         (KeelPartFile  *self);
void          keel_part_file_unref       (KeelPartFile  *self);

guint64       keel_part_file_get_ino     (KeelPartFile  *self);
guint64       keel_part_file_get_cut_bytes (KeelPartFile  *self);
const KeelFolderId *keel_part_file_get_folder (KeelPartFile *self);
KeelFolderHold *keel_part_file_hold_folder (KeelPartFile *self);
gboolean      keel_part_file_make_room   (KeelPartFile  *self,
                                          guint64        present,
                                          guint64        total,
                                          GError       **error);
gboolean      keel_part_file_look        (const KeelPlace *place,
                                          guint64        bytes,
                                          GError       **error);

gboolean      keel_part_file_write       (KeelPartFile  *self,
                                          const void    *bytes,
                                          gsize          length,
                                          guint64        offset,
                                          GError       **error);
gssize        keel_part_file_read        (KeelPartFile  *self,
                                          void          *buffer,
                                          gsize          length,
                                          guint64        offset,
                                          GError       **error);
gboolean      keel_part_file_truncate    (KeelPartFile  *self,
                                          guint64        length,
                                          GError       **error);
gboolean      keel_part_file_sync        (KeelPartFile  *self,
                                          GError       **error);
void          keel_part_file_trace       (KeelPartFile  *self,
                                          guint64        durable,
                                          KeelPartFileTrace *out_trace);
void          keel_part_file_trace_islands (KeelPartFile *self,
                                            KeelRanges   *islands);
gboolean      keel_part_file_is_touched  (KeelPartFile  *self,
                                          const KeelPartFileTrace *trace);
void          keel_part_file_label       (KeelPartFile  *self,
                                          const KeelTransferRecord *record,
                                          const char    *state_dir,
                                          const char    *labels_dir);
void          keel_part_file_label_durable (KeelPartFile *self,
                                            guint64       durable,
                                            const char   *labels_dir);
gboolean      keel_part_file_end         (KeelPartFile  *self,
                                          guint64        length,
                                          const char    *origin,
                                          const char    *labels_dir,
                                          GError       **error);
void          keel_part_file_add_to      (KeelPartFile  *self,
                                          KeelSyncGroup *group,
                                          KeelSyncFunc   func,
                                          gpointer       user_data);
gboolean      keel_part_file_is_in_place (KeelPartFile  *self);
guint64       keel_part_file_get_size    (KeelPartFile  *self);

char         *keel_part_file_dup_random_name  (void);
char         *keel_part_file_dup_random_token (void);
gboolean      keel_part_file_discard_at  (int            dir_fd,
                                          const char    *dir,
                                          const char    *name,
                                          const char    *token,
                                          guint64        known_ino,
                                          GError       **error);
int           keel_part_file_open_at    (int            dir_fd,
                                          const char    *name,
                                          const char    *token,
                                          guint64        known_ino,
                                          guint64        least);
gboolean      keel_part_file_discard_beside (KeelPartFile *self,
                                             const char   *name,
                                             GError      **error);
gboolean      keel_part_file_discard     (const KeelPlace *place,
                                          const char    *name,
                                          const char    *token,
                                          guint64        known_ino,
                                          GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelPartFile, keel_part_file_unref)

G_END_DECLS
