/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-transfer-record.h"

G_BEGIN_DECLS

gboolean keel_record_check_mend (KeelTransferRecord *record);

G_END_DECLS
