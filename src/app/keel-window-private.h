/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-window.h"

#include "keel-add-window.h"
#include "keel-banner.h"
#include "keel-details-page.h"
#include "keel-filter-bar.h"
#include "keel-removals.h"
#include "keel-selection-bar.h"
#include "keel-task-sections.h"
#include "keel-task-view.h"

G_BEGIN_DECLS

typedef struct _KeelSigningIn KeelSigningIn;

struct _KeelWindow
{
  AdwApplicationWindow  parent_instance;

  AdwWindowTitle       *window_title;
  AdwHeaderBar         *main_header;
  AdwHeaderBar         *selection_header; /* in its place while downloads are selected */
  AdwWindowTitle       *selection_title;
  KeelSelectionBar     *selection_bar;
  GtkWidget            *add_button;
  GtkMenuButton        *menu_button;
  GMenu                *when_done_menu;
  GtkWidget            *search_button;
  GtkSearchBar         *search_bar;
  GtkSearchEntry       *search_entry;
  KeelBanner           *banner;
  AdwToastOverlay      *toast_overlay;
  GtkWidget            *content_box;
  KeelFilterBar        *filter_bar;
  GtkStack             *stack;
  KeelTaskView         *task_view;
  GtkStack             *pages;
  AdwToastOverlay      *details_toasts;
  KeelDetailsPage      *details_page;

  GSettings            *settings;     /* (owned) */
  GCancellable         *cancellable;  /* (owned), cancelled when the window goes */
  KeelManager          *manager;      /* (owned) (nullable), until it is open */
  KeelTaskSections     *sections;     /* (owned) (nullable), with the manager */
  KeelRemovals         *removals;     /* (owned) (nullable), with the manager */
  KeelTask             *followed;     /* (owned) (nullable): where it is moved, the focus goes */
  GtkFileChooserNative *chooser;      /* (owned) (nullable): of another folder */
  GPtrArray            *homeless;     /* (owned) (nullable), of KeelTask: for which */
  char                 *filter;       /* (owned), nickname of a KeelTaskFilter */
  KeelSigningIn        *signing_in;   /* (owned) (nullable), while somebody does */
  char                 *sort;         /* (owned), nickname of a KeelTaskSort */
  char                 *offered;      /* (owned) (nullable), clipboard text, offered already */
  gboolean              adds_clipboard; /* as soon as it can be read */
  char                 *when_done_shown; /* (owned), what the menu can be chosen from */
  guint64               news;         /* id of the first task that the "away" banner is about */
  guint64               task_to_show; /* id, 0: none; asked for before the manager was open */
  char                 *task_to_mend; /* (owned) (nullable): the action to do then with it */

  KeelStatusWidth       width;
  guint                 width_tick_id;
  guint                 refresh_source_id;
  guint                 update_source_id;
  KeelPace              pace;         /* of all downloads together */
};

/* keel-window.c */
void keel_window_report_attention      (KeelWindow     *self);
KeelAddWindow *keel_window_add_offers  (KeelWindow     *self,
                                        GPtrArray      *offers);

/* keel-window-content.c */
void keel_window_update_page           (KeelWindow     *self);
void keel_window_update_subtitle       (KeelWindow     *self);
void keel_window_update_refreshing     (KeelWindow     *self);
void keel_window_update_content        (KeelWindow     *self);
void keel_window_queue_update          (KeelWindow     *self);
void keel_window_search_mode_cb        (KeelWindow     *self);
void keel_window_search_changed_cb     (KeelWindow     *self);

/* keel-window-actions.c */
void keel_window_class_install_actions (GtkWidgetClass *widget_class);
void keel_window_update_actions        (KeelWindow     *self);

/* keel-window-selection.c */
void keel_window_class_install_selection (GtkWidgetClass *widget_class);
void keel_window_update_selection      (KeelWindow     *self);

/* keel-window-folder.c */
void keel_window_class_install_folder  (GtkWidgetClass *widget_class);
void keel_window_forget_chooser        (KeelWindow     *self);

/* keel-window-states.c */
void keel_window_class_install_states  (GtkWidgetClass *widget_class);
void keel_window_update_states         (KeelWindow     *self);
void keel_window_tell_news             (KeelWindow     *self);
void keel_window_note_leaving          (KeelWindow     *self);
void keel_window_reranked_cb           (KeelWindow     *self,
                                        KeelTask       *task);

/* keel-window-clipboard.c */
void keel_window_offer_clipboard       (KeelWindow     *self);

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

/* keel-window-details.c */
void keel_window_class_install_details (GtkWidgetClass *widget_class);
gboolean keel_window_shows_details     (KeelWindow     *self);
void keel_window_leave_details         (KeelWindow     *self);
void keel_window_page_turned_cb        (KeelWindow     *self);
void keel_window_update_back           (KeelWindow     *self);
void keel_window_check_details         (KeelWindow     *self);

/* keel-window-when-done.c */
void keel_window_init_when_done        (KeelWindow     *self);

/* keel-window-dnd.c */
void keel_window_init_dnd              (KeelWindow     *self);

G_END_DECLS
