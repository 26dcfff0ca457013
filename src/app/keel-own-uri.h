/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-offer.h"

G_BEGIN_DECLS

/* How many downloads one link can offer, and how long it can be. */
#define KEEL_OWN_URI_OFFERS_MAX 100
#define KEEL_OWN_URI_BYTES_MAX  (64 * 1024)

gboolean   keel_own_uri_is_one (const char  *text);
GPtrArray *keel_own_uri_parse  (const char  *text,
                                GError     **error);

G_END_DECLS
