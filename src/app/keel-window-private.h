/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-window.h"

#include "keel-banner.h"
#include "keel-filter-bar.h"
#include "keel-removals.h"
#include "keel-task-sections.h"
#include "keel-task-view.h"

G_BEGIN_DECLS

typedef struct _KeelSigningIn KeelSigningIn;

struct _KeelWindow
{
  AdwApplicationWindow  parent_instance;

  AdwWindowTitle       *window_title;
  GtkWidget            *add_button;
  AdwButtonContent     *add_content;
  GtkWidget            *search_button;
  GtkSearchBar         *search_bar;
  GtkSearchEntry       *search_entry;
  KeelBanner           *banner;
  AdwToastOverlay      *toast_overlay;
  GtkWidget            *content_box;
  KeelFilterBar        *filter_bar;
  GtkStack             *stack;
  KeelTaskView         *task_view;

  GSettings            *settings;     /* (owned) */
  GCancellable         *cancellable;  /* (owned), cancelled when the window goes */
  KeelManager          *manager;      /* (owned) (nullable), until it is open */
  KeelTaskSections     *sections;     /* (owned) (nullable), with the manager */
  KeelRemovals         *removals;     /* (owned) (nullable), with the manager */
  char                 *filter;       /* (owned), nickname of a KeelTaskFilter */
  KeelSigningIn        *signing_in;   /* (owned) (nullable), while somebody does */
  guint64               task_to_show; /* id, 0: none; asked for before the manager was open */

  KeelStatusWidth       width;
  guint                 width_tick_id;
  guint                 refresh_source_id;
  KeelPace              pace;         /* of all downloads together */
};

/* keel-window.c */
void keel_window_report_attention      (KeelWindow     *self);

/* keel-window-content.c */
void keel_window_update_page           (KeelWindow     *self);
void keel_window_update_subtitle       (KeelWindow     *self);
void keel_window_update_refreshing     (KeelWindow     *self);
void keel_window_update_content        (KeelWindow     *self);
void keel_window_search_changed_cb     (KeelWindow     *self);

/* keel-window-actions.c */
void keel_window_class_install_actions (GtkWidgetClass *widget_class);
void keel_window_update_actions        (KeelWindow     *self);

/* keel-window-tasks.c */
void keel_window_class_install_tasks   (GtkWidgetClass *widget_class);
void keel_window_toast                 (KeelWindow     *self,
                                        const char     *words);
void keel_window_launched_cb           (GObject        *source,
                                        GAsyncResult   *result,
                                        gpointer        user_data);
void keel_window_remove                (KeelWindow     *self,
                                        GPtrArray      *tasks);
KeelTask *keel_window_get_task         (KeelWindow     *self,
                                        GVariant       *id);

/* keel-window-mend.c */
void keel_window_class_install_mending (GtkWidgetClass *widget_class);
void keel_window_stop_signing_in       (KeelWindow     *self);

/* keel-window-dnd.c */
void keel_window_init_dnd              (KeelWindow     *self);

G_END_DECLS
