/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

G_BEGIN_DECLS

char *keel_bar_draw (KeelTask *task,
                     guint     columns);

G_END_DECLS
