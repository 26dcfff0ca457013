/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-application.h"
#include "keel-preferences-window.h"
#include "keel-window.h"

G_BEGIN_DECLS

struct _KeelApplication
{
  AdwApplication  parent_instance;

  KeelWindow     *window;      /* weak pointer */
  KeelPreferencesWindow *preferences; /* weak pointer */
  KeelManager    *manager;     /* (owned) (nullable), open and followed while there is a window */
  GCancellable   *opening;     /* (owned) (nullable), while the manager is being opened */
};

/* keel-application.c */
KeelWindow *keel_application_present       (KeelApplication *self);
void        keel_application_open_manager  (KeelApplication *self);

/* keel-application-actions.c */
void        keel_application_add_actions   (KeelApplication *self);
void        keel_application_window_closed (KeelApplication *self);

G_END_DECLS
