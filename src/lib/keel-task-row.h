/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "keel-enums.h"

G_BEGIN_DECLS

/* A task as the service tells it. Strings, files and times are owned and NULL when not known. */
typedef struct
{
  guint64 id;
  char *session;
  char *app;
  char *kind;

  int state;        /* KeelTaskState; an int, like the other words, for the table of fields */
  int wait_reason;  /* KeelWaitReason */
  int pause_reason; /* KeelPauseReason */
  int priority;     /* KeelPriority */
  gint64 rank;
  int error_code;   /* KeelTaskError, or -1 */
  char *wait_detail;
  GDateTime *wait_until;
  char *error_message;
  char *error_details;
  guint error_http_status;
  gboolean error_retryable;

  char *challenge_cookie; /* NULL: there is no challenge */
  char *challenge_origin;
  char *challenge_realm;
  char *challenge_scheme;
  gboolean challenge_proxy;
  guint challenge_tries;

  char *uri;
  char **mirrors;
  char *effective_uri;
  GFile *directory;
  GFile *file;
  char *name;
  char *title;
  char *user;
  char *user_data;

  guint64 received;
  guint64 durable;
  gint64 total; /* -1: not known */
  guint64 rate;
  guint64 max_rate;

  guint connections;
  guint max_connections;
  gboolean resumable;
  guint attempts;
  guint64 resumed_bytes;
  guint64 refetched_bytes;
  gboolean length_confirmed;
  char *mime_type;
  guint http_status;
  char *checksum_algorithm;
  char *checksum_expected;
  char *checksum_actual;
  gboolean checksum_ok;
  GDateTime *created;
  GDateTime *finished;

  char *group;
  int network;  /* KeelNetworkUse */
  int power;    /* KeelPowerUse */
  int conflict; /* KeelConflict */
  gboolean collectable;

  guint64 known; /* bit n: field n was told */
} KeelTaskRow;

guint       keel_task_row_get_n_fields   (void);
const char *keel_task_row_get_field_name (guint              field);
gboolean    keel_task_row_find_field     (const char        *name,
                                          guint             *out_field);
GParamSpec *keel_task_row_create_pspec   (guint              field);
void        keel_task_row_get_value      (const KeelTaskRow *self,
                                          guint              field,
                                          GValue            *value);
gboolean    keel_task_row_field_equal    (const KeelTaskRow *self,
                                          const KeelTaskRow *other,
                                          guint              field);

GVariant   *keel_task_row_get_entry      (GVariant          *dictionary,
                                          gsize              index,
                                          const char       **out_key);
void        keel_task_row_init           (KeelTaskRow       *self);
void        keel_task_row_parse          (KeelTaskRow       *self,
                                          GVariant          *dictionary);
void        keel_task_row_clear          (KeelTaskRow       *self);

G_END_DECLS
