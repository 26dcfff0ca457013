/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Text that is being written. */
typedef struct
{
  GString *text;     /* (owned) */
  gboolean followed; /* something stands before the next value: a comma goes between */
} KeelJson;

void  keel_json_init         (KeelJson   *self);
char *keel_json_end          (KeelJson   *self);

void  keel_json_open_object  (KeelJson   *self,
                              const char *key);
void  keel_json_close_object (KeelJson   *self);
void  keel_json_open_array   (KeelJson   *self,
                              const char *key);
void  keel_json_close_array  (KeelJson   *self);

void  keel_json_add_null     (KeelJson   *self,
                              const char *key);
void  keel_json_add_boolean  (KeelJson   *self,
                              const char *key,
                              gboolean    value);
void  keel_json_add_unsigned (KeelJson   *self,
                              const char *key,
                              guint64     value);
void  keel_json_add_string   (KeelJson   *self,
                              const char *key,
                              const char *value);

G_END_DECLS
