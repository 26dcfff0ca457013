/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

gboolean   keel_add_input_check_url    (const char  *url);
GPtrArray *keel_add_input_read_urls    (char       **urls,
                                        const char  *input);
GPtrArray *keel_add_input_read_headers (char       **headers,
                                        const char  *referer,
                                        const char  *user_agent,
                                        gsize       *out_bytes);

G_END_DECLS
