/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _KeelAppLookup KeelAppLookup;

/* Whether the bus starts @app when it is called, and what people call it (nullable). */
typedef void (*KeelAppLookupFunc) (gpointer    user_data,
                                   gint64      key,
                                   gboolean    is_activatable,
                                   const char *name);

KeelAppLookup *keel_app_lookup_new  (GDBusConnection   *connection,
                                     KeelAppLookupFunc  func,
                                     gpointer           user_data);
void           keel_app_lookup_free (KeelAppLookup     *self);
void           keel_app_lookup_find (KeelAppLookup     *self,
                                     const char        *app,
                                     gint64             key);

G_END_DECLS
