/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-link-item.h"

#include <glib/gi18n.h>
#include <string.h>

#include "keel-format.h"
#include "keel-links.h"
#include "keel-task-words.h"

/* A link that is about to be added, what its server said of it, and whether it will be added.
 *
 * One that leads to nothing, to a web page or to a file of another size than was promised, or is in
 * the list already, is not selected when that is found out; the person may select it all the
 * same. */

struct _KeelLinkItem {
  GObject parent_instance;

  KeelOffer *offer; /* (owned) */
  char *name;       /* (owned) */
  char *host;       /* (owned) with what else the offer says */
  gboolean selected;
  KeelLinkState state;
  KeelProbe *probe; /* (owned) (nullable) */
  char *trouble;    /* (owned) (nullable) why it was not selected */
};

static guint answered_signal;

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
      g_value_set_string (value, self->offer->link);
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

  g_clear_pointer (&self->offer, keel_offer_unref);
  g_free (self->name);
  g_free (self->host);
  g_free (self->trouble);
  g_clear_object (&self->probe);

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

  answered_signal = g_signal_new ("answered", KEEL_TYPE_LINK_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void
keel_link_item_init (KeelLinkItem *self)
{
  self->selected = TRUE;
}

/* Returns: (transfer full): "example.org · 2 mirrors · Checksum" */
static char *
dup_source (KeelOffer *offer)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *host = keel_links_dup_host (offer->link);
  g_auto (GStrv) parts = NULL;

  if (host != NULL)
    g_strv_builder_add (builder, host);
  if (offer->mirrors->len > 0)
    {
      g_autofree char *mirrors = g_strdup_printf (
        /* Translators: other servers that have the same file. */
        ngettext ("%d mirror", "%d mirrors", offer->mirrors->len), (int) offer->mirrors->len);

      g_strv_builder_add (builder, mirrors);
    }
  if (offer->checksum != NULL)
    g_strv_builder_add (builder, _("Checksum"));
  parts = g_strv_builder_end (builder);

  return g_strjoinv (KEEL_FORMAT_MIDDLE_DOT, parts);
}

KeelLinkItem *
keel_link_item_new (KeelOffer *offer)
{
  KeelLinkItem *self = g_object_new (KEEL_TYPE_LINK_ITEM, NULL);

  self->offer = keel_offer_ref (offer);
  self->name = g_strdup (offer->name);
  self->host = dup_source (offer);
  if (self->name == NULL)
    self->name = keel_links_guess_name (offer->link);
  if (self->name == NULL)
    self->name = g_strdup (offer->link);

  return self;
}

/* Returns: (transfer none) */
KeelOffer *
keel_link_item_get_offer (KeelLinkItem *self)
{
  return self->offer;
}

const char *
keel_link_item_get_link (KeelLinkItem *self)
{
  return self->offer->link;
}

/* Says whether it is known how large the file is: by the word of its server, until then by that of
 * the one who offered it. */
gboolean
keel_link_item_get_size (KeelLinkItem *self,
                         guint64      *out_bytes)
{
  gboolean is_found = self->probe != NULL && keel_probe_has_size (self->probe);

  *out_bytes = is_found ? keel_probe_get_size (self->probe) : self->offer->size_bytes;

  return is_found || self->offer->size_bytes > 0;
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

KeelLinkState
keel_link_item_get_state (KeelLinkItem *self)
{
  return self->state;
}

/* Returns: (transfer none) (nullable) */
KeelProbe *
keel_link_item_get_probe (KeelLinkItem *self)
{
  return self->probe;
}

/* Returns: (transfer none) (nullable): in words, why there may be nothing to download */
const char *
keel_link_item_get_trouble (KeelLinkItem *self)
{
  return self->trouble;
}

/* The list of downloads has it already. */
void
keel_link_item_set_known (KeelLinkItem *self)
{
  if (self->trouble != NULL)
    return;

  self->trouble = g_strdup (_("Already in the list"));
  keel_link_item_set_selected (self, FALSE);
  g_signal_emit (self, answered_signal, 0);
}

void
keel_link_item_set_asking (KeelLinkItem *self)
{
  self->state = KEEL_LINK_ASKING;
  g_signal_emit (self, answered_signal, 0);
}

static gboolean
is_web_page (KeelProbe *probe)
{
  const char *type = keel_probe_get_mime_type (probe);

  return type != NULL && (g_ascii_strncasecmp (type, "text/html", 9) == 0 ||
                          g_ascii_strncasecmp (type, "application/xhtml+xml", 21) == 0);
}

static gboolean
has_other_size (KeelLinkItem *self)
{
  guint64 size_bytes;

  return self->offer->size_bytes > 0 && keel_link_item_get_size (self, &size_bytes) &&
         size_bytes != self->offer->size_bytes;
}

static char *
dup_trouble (const GError *error)
{
  /* Translators: of a link. */
  if (g_error_matches (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_HTTP_STATUS) &&
      (strstr (error->message, " 404") != NULL || strstr (error->message, " 410") != NULL))
    return g_strdup (_("Not found on the server"));

  return keel_task_words_for_error ((KeelTaskError) error->code, 0);
}

/* @probe: (nullable): what the server said; else @error tells why there is nothing */
void
keel_link_item_take_answer (KeelLinkItem *self,
                            KeelProbe    *probe,
                            const GError *error)
{
  g_autofree char *trouble = NULL;

  g_set_object (&self->probe, probe);
  if (probe != NULL)
    self->state = KEEL_LINK_FOUND;
  else if (error->domain == KEEL_TASK_ERROR)
    self->state = KEEL_LINK_FAILED;
  else
    self->state = KEEL_LINK_UNKNOWN;

  if (self->state == KEEL_LINK_FAILED)
    trouble = dup_trouble (error);
  else if (probe != NULL && is_web_page (probe))
    trouble = g_strdup (_("A web page, not a file"));
  else if (has_other_size (self))
    /* Translators: of a file, which has not the size that the one who offered it has said. */
    trouble = g_strdup (_("Another size than expected"));
  if (probe != NULL && keel_probe_get_name (probe) != NULL && self->offer->name == NULL)
    {
      g_free (self->name);
      self->name = g_strdup (keel_probe_get_name (probe));
    }

  /* A password can be given later. */
  if (trouble != NULL && !g_error_matches (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_AUTH_REQUIRED))
    keel_link_item_set_selected (self, FALSE);
  if (trouble != NULL)
    {
      g_free (self->trouble);
      self->trouble = g_steal_pointer (&trouble);
    }
  g_signal_emit (self, answered_signal, 0);
}
