/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KEEL_PASSWORD_MOST_BYTES 1024

char *keel_password_ask (const char *user);

G_END_DECLS
