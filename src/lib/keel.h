/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#ifndef __GI_SCANNER__
#define KEEL_INSIDE
#endif
#include "keel-types.h"
#include "keel-enums.h"
#include "keel-enum-types.h"
#include "keel-error.h"
#include "keel-download.h"
#include "keel-task.h"
#include "keel-task-details.h"
#include "keel-task-group.h"
#include "keel-event.h"
#include "keel-session.h"
#include "keel-probe.h"
#include "keel-background.h"
#include "keel-manager.h"
#undef KEEL_INSIDE
