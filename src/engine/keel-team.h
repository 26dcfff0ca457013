/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-connection.h"
#include "keel-machinery.h"

G_BEGIN_DECLS

typedef struct _KeelTeam KeelTeam;

/* In the owner's context. */
typedef struct {
  void (*head) (gpointer user_data, const KeelConnectionHead *head);
  void (*written) (gpointer user_data); /* time for a checkpoint */
  /* Nothing runs any more. COMPLETE: every byte is there. The result is borrowed until the team is
   * freed. */
  void (*ended) (gpointer user_data, const KeelConnectionResult *result);
} KeelTeamEvents;

KeelTeam *keel_team_start           (const KeelMachinery         *machinery,
                                     const KeelConnectionRequest *first,
                                                         const KeelTeamEvents        *events,
                                     gpointer                     user_data);
void      keel_team_cancel          (KeelTeam                    *self);
guint     keel_team_get_connections (KeelTeam                    *self);
void      keel_team_set_most        (KeelTeam                    *self,
                                     guint                        most);
void      keel_team_free            (KeelTeam                    *self);

G_END_DECLS
