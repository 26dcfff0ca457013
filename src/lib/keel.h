/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#define KEEL_INSIDE 1
#include "keel-types.h"
#include "keel-enums.h"
#include "keel-enum-types.h"
#include "keel-error.h"
#include "keel-download.h"
#include "keel-task.h"
#include "keel-session.h"
#include "keel-manager.h"
#undef KEEL_INSIDE
