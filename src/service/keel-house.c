/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-house.h"

#include "keel-bus-error.h"

/* The first thing that every call comes to. */

/* Whether the call can be served. If not, it has been answered. */
gboolean
keel_house_admit (const KeelHouse       *self,
                  GDBusMethodInvocation *invocation)
{
  self->touched (self->service);
  if (self->trouble == NULL)
    return TRUE;
  keel_bus_error_return (invocation, self->trouble);
  return FALSE;
}
