/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

gboolean keel_argument_parse_rate     (const char    *text,
                                       guint64       *out_bytes_per_second);
char    *keel_argument_format_rate    (guint64        bytes_per_second);
gboolean keel_argument_parse_connections (const char *text,
                                       guint         *out_connections);
gboolean keel_argument_parse_duration (const char    *text,
                                       guint64       *out_seconds);
gboolean keel_argument_parse_time     (const char    *text,
                                       GDateTime    **out_time);
gboolean keel_argument_parse_directory (const char  *text,
                                        GFile      **out_directory);
gboolean keel_argument_parse_word     (GType          type,
                                       const char    *text,
                                       int           *out_value);
gboolean keel_argument_parse_ids      (char         **texts,
                                       GArray       **out_ids);
char    *keel_argument_list_words     (GType          type);

G_END_DECLS
