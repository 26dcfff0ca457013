/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define KEEL_TYPE_SEARCH_PROVIDER (keel_search_provider_get_type ())
G_DECLARE_FINAL_TYPE (KeelSearchProvider, keel_search_provider, KEEL, SEARCH_PROVIDER, GApplication)

KeelSearchProvider *keel_search_provider_new (void);

G_END_DECLS
