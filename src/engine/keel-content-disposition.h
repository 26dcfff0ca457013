/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *keel_content_disposition_dup_name (const char *value);

G_END_DECLS
