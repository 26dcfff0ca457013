/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-preferences-window.h"
#include "keel-quiet-row.h"
#include "keel-rate-row.h"
#include "keel-schedule-window.h"

G_BEGIN_DECLS

struct _KeelPreferencesWindow
{
  AdwPreferencesWindow  parent_instance;

  AdwActionRow         *folder_row;
  GtkImage             *folder_image;
  AdwComboRow          *conflict_row;
  GtkSwitch            *finished_switch;
  GtkSwitch            *failed_switch;
  KeelQuietRow         *quiet_row;
  AdwComboRow          *close_row;
  GtkSwitch            *login_switch;
  GtkSwitch            *awake_switch;
  GtkSwitch            *icon_switch;
  AdwComboRow          *metered_row;
  AdwComboRow          *battery_row;
  AdwComboRow          *proxy_row;
  AdwEntryRow          *proxy_uri_row;
  AdwEntryRow          *proxy_ignore_row;

  GtkWidget            *speed_group;       /* these three show what is the service's */
  GtkWidget            *server_group;
  GtkWidget            *connection_group;
  GtkSpinButton        *active_spin;
  GtkSpinButton        *host_active_spin;
  GtkSpinButton        *connections_spin;
  GtkSpinButton        *host_connections_spin;
  GtkSpinButton        *all_connections_spin;
  KeelRateRow          *rate_row;
  KeelRateRow          *host_rate_row;
  AdwActionRow         *schedule_row;
  GtkSwitch            *schedule_switch;

  GSettings            *settings;     /* (owned) */
  GCancellable         *cancellable;  /* (owned), cancelled when the window goes */
  GCancellable         *checking;     /* (owned) (nullable), while a folder is being looked at */
  GtkFileChooserNative *chooser;      /* (owned) (nullable), while it is open */
  KeelManager          *manager;      /* (owned) (nullable) */
  KeelScheduleWindow   *editor;       /* weak pointer */
  GStrv                 schedule;     /* (owned) that is in force; empty: none */
  guint                 n_sending;    /* limits that are on their way to the service */
  gboolean              is_showing;   /* widgets are being filled in by us */
};

/* keel-preferences-limits.c */
void  keel_preferences_window_fetch_limits         (KeelPreferencesWindow *self);
void  keel_preferences_window_show_limits          (KeelPreferencesWindow *self,
                                                    GVariant              *limits);
void  keel_preferences_window_count_changed_cb     (GtkSpinButton         *spin,
                                                    KeelPreferencesWindow *self);
void  keel_preferences_window_rate_changed_cb      (KeelRateRow           *row,
                                                    GParamSpec            *property,
                                                    KeelPreferencesWindow *self);
void  keel_preferences_window_schedule_switched_cb (KeelPreferencesWindow *self);
void  keel_preferences_window_edit_schedule_cb     (KeelPreferencesWindow *self);

G_END_DECLS
