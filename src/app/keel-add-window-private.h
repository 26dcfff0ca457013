/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-add-window.h"
#include "keel-link-list.h"

G_BEGIN_DECLS

struct _KeelAddWindow
{
  AdwWindow             parent_instance;

  GtkWidget            *download_button;
  AdwPreferencesGroup  *link_group;
  AdwEntryRow          *link_row;
  KeelLinkList         *link_list;
  GtkLabel             *error_label;
  AdwPreferencesGroup  *save_group;
  AdwEntryRow          *name_row;
  AdwActionRow         *folder_row;
  AdwComboRow          *start_row;
  AdwExpanderRow       *options_row;
  AdwEntryRow          *checksum_row;
  AdwComboRow          *limit_row;

  GFile                *folder;        /* (owned) (nullable), NULL: the Downloads folder */
  GtkFileChooserNative *chooser;       /* (owned) (nullable), while it is open */
  GCancellable         *cancellable;   /* (owned), cancelled when the window goes */
  guint                 fit_tick_id;
  gint64                fit_until_usec; /* by the frame clock */
  gboolean              has_many;      /* links are in link_list */
  gboolean              is_sending;
  gboolean              is_guessing;   /* the name is being filled in by us */
  gboolean              name_is_own;   /* the name has been typed */
};

GStrv    keel_add_window_dup_links     (KeelAddWindow *self);
guint64  keel_add_window_get_limit     (KeelAddWindow *self);
void     keel_add_window_update        (KeelAddWindow *self);
void     keel_add_window_show_error    (KeelAddWindow *self,
                                        const char    *words);
void     keel_add_window_send          (KeelAddWindow *self);

G_END_DECLS
