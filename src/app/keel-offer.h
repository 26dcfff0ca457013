/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The service takes no more. */
#define KEEL_OFFER_MIRRORS_MAX 16

/* A download that somebody might want: filled in by its maker, then never changed. */
typedef struct {
  char      *link;       /* (owned) */
  char      *name;       /* (owned) (nullable): NULL: the server is asked */
  char      *checksum;   /* (owned) (nullable): "algorithm:digits", as the service takes it */
  GPtrArray *mirrors;    /* (owned) (element-type utf8): other links to the same file */
  guint64    size_bytes; /* 0: not known */
} KeelOffer;

KeelOffer *keel_offer_new        (const char        *link);
KeelOffer *keel_offer_ref        (KeelOffer         *self);
void       keel_offer_unref      (KeelOffer         *self);

gboolean   keel_offer_take_name  (KeelOffer         *self,
                                  const char        *name);
gboolean   keel_offer_add_mirror (KeelOffer         *self,
                                  const char        *link);

GPtrArray *keel_offers_new       (void);
GPtrArray *keel_offers_for_links (const char *const *links);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelOffer, keel_offer_unref)

G_END_DECLS
