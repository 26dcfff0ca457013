/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-banner.h"

#include <glib/gi18n.h>

/* The line below the header bar that tells of a lasting state and offers the way out of it. Several
 * states may hold at once; the most important one is told, and the next when that is over.
 *
 * That the service is away is told only when it lasts: one that is updated or restarted is back
 * before anybody needs to know. */

#define PATIENCE_MSEC 2000

typedef struct {
  const char *label; /* not yet translated; NULL: there is nothing to be done about it */
  const char *action_name;
} WayOut;

static const WayOut WAYS_OUT[KEEL_BANNER_STATES] = {
  [KEEL_BANNER_SERVICE] = { N_("Restart"), "app.restart-service" },
  [KEEL_BANNER_FOLDER] = { N_("Choose…"), "win.leave-folder" },
  [KEEL_BANNER_SPACE] = { N_("Choose Folder…"), "win.leave-disk" },
  [KEEL_BANNER_PORTAL] = { N_("Sign In"), "win.open-portal" },
  [KEEL_BANNER_OFFLINE] = { NULL, NULL },
  [KEEL_BANNER_METERED] = { N_("Download Anyway"), "win.ignore-metered" },
  [KEEL_BANNER_POWER] = { N_("Download Anyway"), "win.ignore-power" },
  [KEEL_BANNER_SAVER] = { N_("Continue"), "win.ignore-power" },
  [KEEL_BANNER_AWAY] = { N_("Show"), "win.show-news" },
};

struct _KeelBanner {
  AdwBin parent_instance;

  GtkRevealer *revealer;
  GtkBox *box;
  GtkLabel *label;
  GtkButton *button;

  char *words[KEEL_BANNER_STATES]; /* (owned) (nullable): those that hold */
  guint patience_source_id;
};

G_DEFINE_FINAL_TYPE (KeelBanner, keel_banner, ADW_TYPE_BIN)

/* What is folded away is not there for a screen reader either. */
static void
keel_banner_child_revealed_cb (KeelBanner *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->revealer),
                          gtk_revealer_get_child_revealed (self->revealer) ||
                            gtk_revealer_get_reveal_child (self->revealer));
}

/* Shows the most important state, or folds away with the words that it had. */
static void
update (KeelBanner *self)
{
  guint state = 0;
  const WayOut *way_out;

  while (state < KEEL_BANNER_STATES && self->words[state] == NULL)
    state++;

  if (state == KEEL_BANNER_STATES)
    {
      gtk_revealer_set_reveal_child (self->revealer, FALSE);
      return;
    }

  way_out = &WAYS_OUT[state];
  gtk_label_set_label (self->label, self->words[state]);
  gtk_widget_set_visible (GTK_WIDGET (self->button), way_out->label != NULL);
  if (way_out->label != NULL)
    {
      gtk_button_set_label (self->button, _(way_out->label));
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->button), way_out->action_name);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->revealer), TRUE);
  gtk_revealer_set_reveal_child (self->revealer, TRUE);
}

static gboolean
patience_cb (gpointer user_data)
{
  KeelBanner *self = user_data;

  self->patience_source_id = 0;
  keel_banner_set_state (self, KEEL_BANNER_SERVICE, _("The download service has stopped"));

  return G_SOURCE_REMOVE;
}

static void
keel_banner_dispose (GObject *object)
{
  KeelBanner *self = KEEL_BANNER (object);

  g_clear_handle_id (&self->patience_source_id, g_source_remove);
  for (guint i = 0; i < KEEL_BANNER_STATES; i++)
    g_clear_pointer (&self->words[i], g_free);

  G_OBJECT_CLASS (keel_banner_parent_class)->dispose (object);
}

static void
keel_banner_class_init (KeelBannerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = keel_banner_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-banner.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelBanner, revealer);
  gtk_widget_class_bind_template_child (widget_class, KeelBanner, box);
  gtk_widget_class_bind_template_child (widget_class, KeelBanner, label);
  gtk_widget_class_bind_template_child (widget_class, KeelBanner, button);
  gtk_widget_class_bind_template_callback (widget_class, keel_banner_child_revealed_cb);
}

static void
keel_banner_init (KeelBanner *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
keel_banner_set_connected (KeelBanner *self,
                           gboolean    connected)
{
  if (connected)
    {
      g_clear_handle_id (&self->patience_source_id, g_source_remove);
      keel_banner_set_state (self, KEEL_BANNER_SERVICE, NULL);
    }
  else if (self->patience_source_id == 0 && self->words[KEEL_BANNER_SERVICE] == NULL)
    {
      self->patience_source_id = g_timeout_add (PATIENCE_MSEC, patience_cb, self);
    }
}

/* @words: (nullable): what is said of @state, or %NULL if it does not hold */
void
keel_banner_set_state (KeelBanner      *self,
                       KeelBannerState  state,
                       const char      *words)
{
  if (g_strcmp0 (self->words[state], words) == 0)
    return;

  g_free (self->words[state]);
  self->words[state] = g_strdup (words);
  update (self);
}

/* Where there is no room beside the words, the button goes below them. */
void
keel_banner_set_width (KeelBanner      *self,
                       KeelStatusWidth  width)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->box), width == KEEL_STATUS_WIDE ?
                                                                GTK_ORIENTATION_HORIZONTAL :
                                                                GTK_ORIENTATION_VERTICAL);
}
