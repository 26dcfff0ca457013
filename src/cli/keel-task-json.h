/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-json.h"

#include <keel/keel.h>

G_BEGIN_DECLS

void keel_task_json_add   (KeelJson *json,
                           KeelTask *task);
void keel_task_json_print (KeelTask *task);

G_END_DECLS
