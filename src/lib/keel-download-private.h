/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gunixfdlist.h>

#include "keel-download.h"

G_BEGIN_DECLS

struct _KeelDownload
{
  GObject parent_instance;

  char *uri;        /* (owned) */
  GFile *directory; /* (owned) (nullable) */
  char *name;       /* (owned) (nullable) */
  char *title;      /* (owned) (nullable) */
  char *checksum;   /* (owned) (nullable) */
  char *user;       /* (owned) (nullable) */
  char *password;   /* (owned) (nullable) */
  char *user_data;  /* (owned) (nullable) */
  guint64 max_rate; /* bytes per second, 0 for no limit */
  guint max_connections;
  char **mirrors; /* (owned) (nullable) */
  KeelPriority priority;
  GDateTime *not_before; /* (owned) (nullable) */
  gboolean start;
  GPtrArray *headers; /* (owned) (element-type GVariant) of type (ss) */

  int folder_fd;          /* (owned) -1 for none */
  char *group;            /* (owned) (nullable) */
  KeelNetworkUse network;
  gboolean has_network;   /* else it is as the session says; likewise power */
  KeelPowerUse power;
  gboolean has_power;
  gint64 timeout;         /* seconds, 0 for none, -1 for as the session says */
  KeelConflict conflict;
  guint64 size_hint;      /* bytes, 0 for not known */
  gboolean spool;
};

/* Properties; those from TERMS on are in keel-download-terms.c. */
enum {
  PROP_0,
  PROP_URI,
  PROP_DIRECTORY,
  PROP_NAME,
  PROP_TITLE,
  PROP_CHECKSUM,
  PROP_USER,
  PROP_PASSWORD,
  PROP_USER_DATA,
  PROP_MAX_RATE,
  PROP_MAX_CONNECTIONS,
  PROP_MIRRORS,
  PROP_PRIORITY,
  PROP_NOT_BEFORE,
  PROP_START,
  KEEL_DOWNLOAD_TERMS,
  PROP_GROUP = KEEL_DOWNLOAD_TERMS,
  PROP_NETWORK,
  PROP_POWER,
  PROP_TIMEOUT,
  PROP_CONFLICT,
  PROP_SIZE_HINT,
  PROP_SPOOL,
  KEEL_DOWNLOAD_N_PROPS
};

GVariant *keel_download_to_variant     (KeelDownload   *self,
                                        GUnixFDList    *fds,
                                        GError        **error);

void      keel_download_init_terms     (KeelDownload   *self);
void      keel_download_clear_terms    (KeelDownload   *self);
void      keel_download_install_terms  (GObjectClass   *object_class);
gboolean  keel_download_get_term       (KeelDownload   *self,
                                        guint           prop_id,
                                        GValue         *value);
gboolean  keel_download_set_term       (KeelDownload   *self,
                                        guint           prop_id,
                                        const GValue   *value);
gboolean  keel_download_check_terms    (KeelDownload   *self,
                                        GError        **error);
gboolean  keel_download_insert_terms   (KeelDownload   *self,
                                        GVariantDict   *dict,
                                        GUnixFDList    *fds,
                                        GError        **error);

G_END_DECLS
