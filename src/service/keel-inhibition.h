/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Who can keep the machine awake, the best first; see keel-inhibition.c. */
typedef enum {
  KEEL_INHIBITION_SESSION_MANAGER,
  KEEL_INHIBITION_POWER_MANAGEMENT,
  KEEL_INHIBITION_LOGIND,
  KEEL_INHIBITION_PORTAL,
} KeelInhibitionKind;

typedef struct _KeelInhibition KeelInhibition;

typedef enum {
  KEEL_INHIBITION_GIVEN,
  KEEL_INHIBITION_REFUSED, /* or there is nobody */
  KEEL_INHIBITION_LOST,    /* who gave it has gone */
} KeelInhibitionNews;

typedef void (*KeelInhibitionFunc) (gpointer           user_data,
                                    KeelInhibitionNews news);

GBusType        keel_inhibition_get_bus (KeelInhibitionKind  kind);
KeelInhibition *keel_inhibition_ask     (KeelInhibitionKind  kind,
                                         GDBusConnection    *bus,
                                         const char         *reason,
                                         gboolean            with_logout,
                                         KeelInhibitionFunc  func,
                                         gpointer            user_data);
void            keel_inhibition_drop    (KeelInhibition     *self);

G_END_DECLS
