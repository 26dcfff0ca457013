/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <keel/keel.h>

#include "keel-add-options.h"
#include "keel-add-window.h"
#include "keel-hint-row.h"
#include "keel-known-links.h"
#include "keel-link-list.h"
#include "keel-link-prober.h"
#include "keel-space-bar.h"
#include "keel-when-row.h"

G_BEGIN_DECLS

/* As in the template. */
enum
{
  KEEL_ADD_START_NOW,
  KEEL_ADD_START_UNMETERED,
  KEEL_ADD_START_LATER,
  KEEL_ADD_START_PAUSED,
};

struct _KeelAddWindow
{
  AdwWindow             parent_instance;

  GtkWidget            *download_button;
  AdwPreferencesGroup  *link_group;
  AdwEntryRow          *link_row;
  KeelHintRow          *link_hint;
  GtkWidget            *listed_row;
  KeelLinkList         *link_list;
  GtkLabel             *error_label;
  AdwPreferencesGroup  *save_group;
  AdwEntryRow          *name_row;
  KeelHintRow          *name_hint;
  AdwActionRow         *folder_row;
  AdwComboRow          *start_row;
  KeelWhenRow          *when_row;
  GtkWidget            *probe_row;
  GtkImage             *probe_image;
  GtkLabel             *probe_name_label;
  GtkLabel             *probe_words_label;
  GtkSpinner           *probe_spinner;
  GtkWidget            *probe_tick;
  GtkWidget            *space_row;
  KeelSpaceBar         *space_bar;
  GtkLabel             *space_label;
  KeelAddOptions       *options_row;

  GSettings            *settings;      /* (owned) */
  KeelLinkProber       *prober;        /* (owned) */
  KeelKnownLinks       *known;         /* (owned) (nullable), of the list, once it is there */
  guint64               listed_id;     /* of the download of the one link; 0: there is none */
  KeelLinkItem         *item;          /* (owned) (nullable), the one link */
  KeelOffer            *filled_in;     /* (owned) (nullable), what the fields were filled with */
  GCancellable         *checking;      /* (owned) (nullable), while a folder is being looked at */
  guint64               size_bytes;    /* of its disk; 0: not known */
  guint64               free_bytes;
  guint                 typing_id;
  GFile                *folder;        /* (owned) (nullable), NULL: the Downloads folder */
  GtkFileChooserNative *chooser;       /* (owned) (nullable), while it is open */
  GCancellable         *cancellable;   /* (owned), cancelled when the window goes */
  guint                 fit_tick_id;
  gint64                fit_until_usec; /* by the frame clock */
  gboolean              has_many;      /* links are in link_list */
  gboolean              has_pattern;   /* the link is many, once it is unfolded */
  gboolean              is_sending;
  gboolean              is_guessing;   /* the name is being filled in by us */
  gboolean              name_is_own;   /* the name has been typed */
};

GPtrArray *keel_add_window_dup_offers  (KeelAddWindow *self);
KeelConflict  keel_add_window_get_conflict  (KeelAddWindow *self);
void     keel_add_window_update        (KeelAddWindow *self);
void     keel_add_window_show_error    (KeelAddWindow *self,
                                        const char    *words);
void     keel_add_window_send          (KeelAddWindow *self);
void     keel_add_window_fit           (KeelAddWindow *self);
void     keel_add_window_guess_name    (KeelAddWindow *self,
                                        const char    *name);

/* keel-add-window-offers.c */
void     keel_add_window_set_many      (KeelAddWindow *self,
                                        GPtrArray     *offers);
void     keel_add_window_init_drop     (KeelAddWindow *self);

/* keel-add-window-probe.c */
void     keel_add_window_probe         (KeelAddWindow *self,
                                        const char    *link);
void     keel_add_window_show_listed   (KeelAddWindow *self);

/* keel-add-window-folder.c */
void     keel_add_window_show_space    (KeelAddWindow *self);
void     keel_add_window_check_folder  (KeelAddWindow *self);
void     keel_add_window_recall_folder (KeelAddWindow *self);
void     keel_add_window_choose_folder_cb (KeelAddWindow *self);

G_END_DECLS
