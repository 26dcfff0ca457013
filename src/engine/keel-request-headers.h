/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean keel_request_headers_append (GString     *headers,
                                      const char  *name,
                                      const char  *value,
                                      GError     **error);
char    *keel_request_headers_merge  (const char  *common,
                                      const char  *user_agent,
                                      const char  *own);

G_END_DECLS
