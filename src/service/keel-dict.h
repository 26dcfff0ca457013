/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A key of a dictionary that a call takes, and the type of its value. */
typedef struct {
  const char *key;
  const char *type;
} KeelDictKey;

/* For tables of them: the table and its length. */
#define KEEL_DICT_KEYS(keys) (keys), G_N_ELEMENTS (keys)

gboolean keel_dict_check   (GVariant              *dict,
                            const KeelDictKey     *keys,
                            gsize                  n_keys,
                            GError               **error);
gboolean keel_dict_refuses (GDBusMethodInvocation *invocation,
                            GVariant              *dict,
                            const KeelDictKey     *keys,
                            gsize                  n_keys);

G_END_DECLS
