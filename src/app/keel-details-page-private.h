/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-details-page.h"

#include "keel-facts.h"
#include "keel-segment-strip.h"
#include "keel-speed-graph.h"

G_BEGIN_DECLS

struct _KeelDetailsPage
{
  AdwBin               parent_instance;

  GtkButton           *back_button;
  GtkMenuButton       *menu_button;
  GtkScrolledWindow   *scrolled_window;
  GtkBox              *content_box;
  GtkWidget           *heading_box;
  GtkImage            *type_image;
  GtkLabel            *name_label;
  GtkLabel            *error_label;
  GtkLabel            *status_label;
  GtkButton           *wide_button;
  GtkButton           *narrow_button;
  GtkWidget           *transfer_box;
  GtkWidget           *speed_card;
  GtkLabel            *now_label;
  GtkLabel            *average_label;
  KeelSpeedGraph      *speed_graph;
  GtkLabel            *percent_label;
  KeelSegmentStrip    *segment_strip;
  GtkBox              *legend_box;
  GtkLabel            *provenance_label;
  GtkWidget           *source_group;
  AdwActionRow        *address_row;
  AdwActionRow        *served_row;
  AdwActionRow        *server_row;
  AdwActionRow        *numbers_row;
  GtkWidget           *file_group;
  AdwActionRow        *folder_row;
  GtkButton           *folder_button;
  AdwActionRow        *checksum_row;
  GtkImage            *checksum_image;
  GtkLabel            *checksum_label;
  GtkWidget           *controls_group;
  AdwComboRow         *rate_row;
  AdwComboRow         *connections_row;
  AdwComboRow         *priority_row;
  GtkSwitch           *network_switch;
  GtkSwitch           *power_switch;
  AdwActionRow        *link_row;
  GtkWidget           *history_group;
  GtkListBox          *history_list;

  KeelTask            *task;         /* (owned) (nullable) */
  KeelTaskDetails     *details;      /* (owned) (nullable) the last answer */
  GVariant            *history;      /* (owned) (nullable) as it is shown */
  GCancellable        *cancellable;  /* (owned) of what was asked about the task */
  KeelStatusWidth      width;
  KeelPace             pace;
  guint                timer;
  gboolean             is_asking;
  gboolean             is_asking_history;
  gboolean             is_history_due;
  gboolean             is_unsupported; /* the service does not know what is asked */
  gboolean             is_updating;  /* the controls are being set, by nobody's hand */
};

/* keel-details-page.c */
void keel_details_page_ask             (KeelDetailsPage *self,
                                        gboolean         with_history);

/* keel-details-page-facts.c */
void keel_details_page_update_facts    (KeelDetailsPage *self);
void keel_details_page_update_numbers  (KeelDetailsPage *self);
void keel_details_page_update_history  (KeelDetailsPage *self);
char *keel_details_page_dup_provenance (KeelDetailsPage *self);

/* keel-details-page-controls.c */
void keel_details_page_class_bind_controls (GtkWidgetClass  *widget_class);
void keel_details_page_update_controls     (KeelDetailsPage *self);

G_END_DECLS
