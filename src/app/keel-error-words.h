/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

char *keel_error_words_for_call (const GError *error);

G_END_DECLS
