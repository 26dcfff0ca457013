/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "keel-download.h"

G_BEGIN_DECLS

GVariant *keel_download_to_variant (KeelDownload  *self,
                                    GError       **error);

G_END_DECLS
