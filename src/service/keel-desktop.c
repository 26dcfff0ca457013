/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-desktop.h"

#include "keel-background-portal.h"
#include "keel-job-views.h"
#include "keel-launcher-entry.h"
#include "keel-tray.h"

/* Everything by which the desktop shows what the service does while no window is open, besides
 * notifications. Each is a room of its own that looks at the one KeelActivity, finds out for itself
 * whether the desktop has a place for it, and does nothing where it has not. */

struct _KeelDesktop {
  KeelActivity *activity;       /* (owned) */
  KeelLauncherEntry *launcher;  /* (owned) */
  KeelJobViews *jobs;           /* (owned) */
  KeelTray *tray;               /* (owned) */
  KeelBackgroundPortal *portal; /* (owned) */
};

/* @house must outlive it. */
KeelDesktop *
keel_desktop_new (const KeelHouse *house)
{
  KeelDesktop *self = g_new0 (KeelDesktop, 1);

  self->activity = keel_activity_new (house->engine);
  self->launcher = keel_launcher_entry_new (house->connection, self->activity);
  self->jobs = keel_job_views_new (house, self->activity);
  self->tray = keel_tray_new (house, self->activity);
  self->portal = keel_background_portal_new (house, self->activity);
  return self;
}

void
keel_desktop_free (KeelDesktop *self)
{
  keel_background_portal_free (self->portal);
  keel_tray_free (self->tray);
  keel_job_views_free (self->jobs);
  keel_launcher_entry_free (self->launcher);
  g_object_unref (self->activity);
  g_free (self);
}
