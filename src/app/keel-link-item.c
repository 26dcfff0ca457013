/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-link-item.h"

#include "keel-links.h"

/* One of several links that are about to be added, and whether it will be. */

struct _KeelLinkItem {
  GObject parent_instance;

  char *link; /* (owned) */
  char *name; /* (owned) */
  char *host; /* (owned) */
  gboolean selected;
};

enum {
  PROP_0,
  PROP_LINK,
  PROP_NAME,
  PROP_HOST,
  PROP_SELECTED,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (KeelLinkItem, keel_link_item, G_TYPE_OBJECT)

static void
keel_link_item_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  KeelLinkItem *self = KEEL_LINK_ITEM (object);

  switch (prop_id)
    {
    case PROP_LINK:
      g_value_set_string (value, self->link);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_HOST:
      g_value_set_string (value, self->host);
      break;
    case PROP_SELECTED:
      g_value_set_boolean (value, self->selected);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
keel_link_item_set_property (GObject      *object,
                             guint         prop_id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  KeelLinkItem *self = KEEL_LINK_ITEM (object);

  switch (prop_id)
    {
    case PROP_SELECTED:
      keel_link_item_set_selected (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
keel_link_item_finalize (GObject *object)
{
  KeelLinkItem *self = KEEL_LINK_ITEM (object);

  g_free (self->link);
  g_free (self->name);
  g_free (self->host);

  G_OBJECT_CLASS (keel_link_item_parent_class)->finalize (object);
}

static void
keel_link_item_class_init (KeelLinkItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = keel_link_item_get_property;
  object_class->set_property = keel_link_item_set_property;
  object_class->finalize = keel_link_item_finalize;

  properties[PROP_LINK] = g_param_spec_string ("link", NULL, NULL, NULL, readable);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, readable);
  properties[PROP_HOST] = g_param_spec_string ("host", NULL, NULL, NULL, readable);
  properties[PROP_SELECTED] = g_param_spec_boolean ("selected", NULL, NULL, TRUE,
                                                    G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                                                      G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
keel_link_item_init (KeelLinkItem *self)
{
  self->selected = TRUE;
}

KeelLinkItem *
keel_link_item_new (const char *link)
{
  KeelLinkItem *self = g_object_new (KEEL_TYPE_LINK_ITEM, NULL);

  self->link = g_strdup (link);
  self->name = keel_links_guess_name (link);
  self->host = keel_links_dup_host (link);
  if (self->name == NULL)
    self->name = g_strdup (link);

  return self;
}

const char *
keel_link_item_get_link (KeelLinkItem *self)
{
  return self->link;
}

gboolean
keel_link_item_get_selected (KeelLinkItem *self)
{
  return self->selected;
}

void
keel_link_item_set_selected (KeelLinkItem *self,
                             gboolean      selected)
{
  if (self->selected == selected)
    return;

  self->selected = selected;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTED]);
}
