/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "keel-speed-log.h"

G_BEGIN_DECLS

#define KEEL_TYPE_SPEED_GRAPH (keel_speed_graph_get_type ())
G_DECLARE_FINAL_TYPE (KeelSpeedGraph, keel_speed_graph, KEEL, SPEED_GRAPH, GtkWidget)

void    keel_speed_graph_show      (KeelSpeedGraph     *self,
                                    const KeelSpeedLog *log,
                                    gint64              second);
guint64 keel_speed_graph_get_scale (KeelSpeedGraph     *self);

guint64 keel_speed_graph_round_up  (guint64             rate_bps);

G_END_DECLS
