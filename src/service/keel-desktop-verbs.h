/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-house.h"

G_BEGIN_DECLS

typedef enum {
  KEEL_DESKTOP_SHOW,
  KEEL_DESKTOP_PAUSE_ALL,
  KEEL_DESKTOP_RESUME_ALL,
  KEEL_DESKTOP_ADD,
  KEEL_DESKTOP_QUIT,
} KeelDesktopVerb;

void keel_desktop_verbs_do (const KeelHouse *house,
                            KeelDesktopVerb  verb,
                            const char      *token);

G_END_DECLS
