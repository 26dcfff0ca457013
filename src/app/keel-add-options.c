/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-add-options.h"

#include <glib/gi18n.h>
#include <string.h>

#include "keel-checksum-text.h"
#include "keel-format.h"
#include "keel-hint-row.h"
#include "keel-lines-row.h"
#include "keel-links.h"
#include "keel-rate-row.h"

/* "More Options" of the Add window: what most people never need. What is set is named even while
 * they are folded away. What is wrong is said under the very field, when that is left, or when the
 * download is to begin: then the options unfold and the field has the focus. */

struct _KeelAddOptions {
  AdwExpanderRow parent_instance;

  AdwEntryRow *checksum_row;
  KeelHintRow *checksum_hint;
  KeelLinesRow *mirrors_row;
  KeelRateRow *limit_row;
  AdwComboRow *connections_row;
  AdwEntryRow *referrer_row;
  KeelHintRow *referrer_hint;
  KeelLinesRow *headers_row;
  AdwActionRow *sign_in_row;
  AdwEntryRow *user_row;
  KeelHintRow *user_hint;
  AdwEntryRow *password_row;

  gboolean has_many; /* what only one link can have is not shown */
};

enum {
  SUBMIT,
  RESIZED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (KeelAddOptions, keel_add_options, ADW_TYPE_EXPANDER_ROW)

static const char *
get_text (AdwEntryRow *row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

/* --- what may be wrong ----------------------------------------------------------------------- */

/* RFC 9110: what a name is made of. Which ones cannot be set the service says. */
static char *
check_header (const char *text)
{
  const char *colon = strchr (text, ':');

  for (const char *p = text; colon != NULL && p < colon; p++)
    if (!g_ascii_isalnum (*p) && strchr ("!#$%&'*+-.^_`|~", *p) == NULL)
      return g_strdup (_("The name of a header has letters, digits and hyphens only"));

  /* Translators: how a request header is written. */
  return colon == NULL || colon == text ? g_strdup (_("Write it as “Name: value”")) : NULL;
}

static char *
check_mirror (const char *text)
{
  g_auto (GStrv) links = keel_links_find (text);

  return links[0] == NULL ? g_strdup (_("The link is not valid")) : NULL;
}

/* These three say whether their field is right, with what is wrong under it if @is_told. */
static gboolean
check_checksum (KeelAddOptions *self,
                gboolean        is_told)
{
  g_autofree char *checksum = keel_checksum_text_parse (get_text (self->checksum_row));
  gboolean is_right = self->has_many || checksum != NULL || *get_text (self->checksum_row) == '\0';

  if (is_right || is_told)
    keel_hint_row_tell (self->checksum_hint, GTK_WIDGET (self->checksum_row),
                        is_right ? NULL :
                                   _("This is not an MD5, SHA-1, SHA-256 or SHA-512 "
                                      "checksum"));

  return is_right;
}

static gboolean
check_referrer (KeelAddOptions *self,
                gboolean        is_told)
{
  g_autofree char *words = NULL;

  if (*get_text (self->referrer_row) != '\0')
    words = check_mirror (get_text (self->referrer_row));
  if (words == NULL || is_told)
    keel_hint_row_tell (self->referrer_hint, GTK_WIDGET (self->referrer_row), words);

  return words == NULL;
}

static gboolean
check_user (KeelAddOptions *self,
            gboolean        is_told)
{
  gboolean is_right = *get_text (self->password_row) == '\0' || *get_text (self->user_row) != '\0';

  if (is_right || is_told)
    keel_hint_row_tell (self->user_hint, GTK_WIDGET (self->user_row),
                        is_right ? NULL : _("A password needs a user name"));

  return is_right;
}

/* Says whether everything is right. If not, that is seen, and the first field that is not has the
 * focus. */
gboolean
keel_add_options_check (KeelAddOptions *self)
{
  gboolean is_right = TRUE;

  if (!check_user (self, TRUE))
    {
      gtk_widget_grab_focus (GTK_WIDGET (self->user_row));
      is_right = FALSE;
    }
  if (!keel_lines_row_check (self->headers_row))
    is_right = FALSE;
  if (!check_referrer (self, TRUE))
    {
      gtk_widget_grab_focus (GTK_WIDGET (self->referrer_row));
      is_right = FALSE;
    }
  if (!self->has_many && !keel_lines_row_check (self->mirrors_row))
    is_right = FALSE;
  if (!check_checksum (self, TRUE))
    {
      gtk_widget_grab_focus (GTK_WIDGET (self->checksum_row));
      is_right = FALSE;
    }
  if (!is_right)
    adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), TRUE);
  g_signal_emit (self, signals[RESIZED], 0);

  return is_right;
}

/* Finds the field that the service has refused: it quotes the name of the header. */
gboolean
keel_add_options_blame (KeelAddOptions *self,
                        const GError   *error)
{
  g_auto (GStrv) headers = keel_lines_row_dup_lines (self->headers_row);

  for (guint i = 0; headers[i] != NULL; i++)
    {
      const char *colon = strchr (headers[i], ':');
      g_autofree char *name = colon != NULL ? g_strndup (headers[i], colon - headers[i]) : NULL;
      g_autofree char *quoted = g_strdup_printf ("“%s”", name);

      if (name == NULL || strstr (error->message, quoted) == NULL)
        continue;

      adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self), TRUE);
      keel_lines_row_tell (self->headers_row, name, _("This header cannot be set"));
      g_signal_emit (self, signals[RESIZED], 0);
      return TRUE;
    }

  return FALSE;
}

/* --- what is set ----------------------------------------------------------------------------- */

static void
add_if (GPtrArray  *set,
        gboolean    is_set,
        const char *name)
{
  if (is_set)
    g_ptr_array_add (set, g_strdup (name));
}

static gboolean
has_lines (KeelLinesRow *row)
{
  g_auto (GStrv) lines = keel_lines_row_dup_lines (row);

  return lines[0] != NULL;
}

/* Returns: (transfer full): names of what is set */
static GPtrArray *
list_set (KeelAddOptions *self)
{
  GPtrArray *set = g_ptr_array_new_with_free_func (g_free);
  guint64 limit_bps = keel_rate_row_get_rate (self->limit_row);
  guint connections = adw_combo_row_get_selected (self->connections_row);

  add_if (set, !self->has_many && *get_text (self->checksum_row) != '\0', _("Checksum"));
  add_if (set, !self->has_many && has_lines (self->mirrors_row), _("Mirrors"));
  if (limit_bps > 0)
    g_ptr_array_add (set, keel_format_rate (limit_bps));
  add_if (set, connections > 0, _("Connections"));
  add_if (set, *get_text (self->referrer_row) != '\0', _("Referrer"));
  add_if (set, has_lines (self->headers_row), _("Request Headers"));
  add_if (set, *get_text (self->user_row) != '\0', _("Sign-in"));

  return set;
}

static void
update (KeelAddOptions *self)
{
  g_autoptr (GPtrArray) set = list_set (self);
  const char *user = get_text (self->user_row);
  g_autofree char *subtitle = NULL;

  if (set->len > 0)
    {
      g_ptr_array_add (set, NULL);
      subtitle = g_strjoinv (KEEL_FORMAT_MIDDLE_DOT, (char **) set->pdata);
    }
  else
    {
      /* Translators: what "More Options" has inside. */
      subtitle = g_strdup (self->has_many ?
                             _("Speed limit, connections, headers") :
                             _("Checksum, mirrors, speed limit, connections, headers"));
    }

  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), subtitle);
  adw_action_row_set_subtitle (self->sign_in_row, *user != '\0' ? user : _("None"));
  g_signal_emit (self, signals[RESIZED], 0);
}

static void
keel_add_options_changed_cb (KeelAddOptions *self)
{
  check_checksum (self, FALSE);
  check_referrer (self, FALSE);
  check_user (self, FALSE);
  update (self);
}

static void
left_cb (GtkEventController *controller,
         KeelAddOptions     *self)
{
  GtkWidget *text = gtk_event_controller_get_widget (controller);
  gpointer row = gtk_widget_get_ancestor (text, ADW_TYPE_ENTRY_ROW);

  if (row == self->checksum_row)
    check_checksum (self, TRUE);
  else if (row == self->referrer_row)
    check_referrer (self, TRUE);
  else
    check_user (self, TRUE);
  g_signal_emit (self, signals[RESIZED], 0);
}

static void
keel_add_options_submit_cb (KeelAddOptions *self)
{
  g_signal_emit (self, signals[SUBMIT], 0);
}

static void
keel_add_options_sign_in_cb (KeelAddOptions *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->user_row), TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->password_row), TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->user_row));
  g_signal_emit (self, signals[RESIZED], 0);
}

static void
watch_leaving (KeelAddOptions *self,
               AdwEntryRow    *row)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();

  g_signal_connect_object (focus, "leave", G_CALLBACK (left_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (row))), focus);
}

static void
keel_add_options_class_init (KeelAddOptionsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (KEEL_TYPE_HINT_ROW);
  g_type_ensure (KEEL_TYPE_LINES_ROW);
  g_type_ensure (KEEL_TYPE_RATE_ROW);

  signals[SUBMIT] = g_signal_new ("submit", KEEL_TYPE_ADD_OPTIONS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
  signals[RESIZED] = g_signal_new ("resized", KEEL_TYPE_ADD_OPTIONS, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/keelboat/Keelboat/keel-add-options.ui");
  gtk_widget_class_bind_template_child (widget_class, KeelAddOptions, checksum_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddOptions, checksum_hint);
  gtk_widget_class_bind_template_child (widget_class, KeelAddOptions, mirrors_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddOptions, limit_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddOptions, connections_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddOptions, referrer_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddOptions, referrer_hint);
  gtk_widget_class_bind_template_child (widget_class, KeelAddOptions, headers_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddOptions, sign_in_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddOptions, user_row);
  gtk_widget_class_bind_template_child (widget_class, KeelAddOptions, user_hint);
  gtk_widget_class_bind_template_child (widget_class, KeelAddOptions, password_row);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_options_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_options_sign_in_cb);
  gtk_widget_class_bind_template_callback (widget_class, keel_add_options_submit_cb);
}

static void
keel_add_options_init (KeelAddOptions *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  keel_lines_row_set_check (self->mirrors_row, check_mirror);
  keel_lines_row_set_check (self->headers_row, check_header);
  watch_leaving (self, self->checksum_row);
  watch_leaving (self, self->referrer_row);
  watch_leaving (self, self->password_row);
  update (self);
}

/* Several links have neither a checksum nor mirrors in common. */
void
keel_add_options_set_many (KeelAddOptions *self,
                           gboolean        has_many)
{
  self->has_many = has_many;
  gtk_widget_set_visible (GTK_WIDGET (self->checksum_row), !has_many);
  gtk_widget_set_visible (GTK_WIDGET (self->mirrors_row), !has_many);
  check_checksum (self, FALSE);
  update (self);
}

/* --- what comes of it ------------------------------------------------------------------------ */

/* Shows what @offer says of its file, in the place of what is there. */
void
keel_add_options_fill_in (KeelAddOptions *self,
                          KeelOffer      *offer)
{
  gtk_editable_set_text (GTK_EDITABLE (self->checksum_row),
                         offer->checksum != NULL ? offer->checksum : "");
  keel_lines_row_set_lines (self->mirrors_row, offer->mirrors);
}

/* Adds to @offer, which is new, what stands here of its file. */
void
keel_add_options_complete (KeelAddOptions *self,
                           KeelOffer      *offer)
{
  g_auto (GStrv) lines = keel_lines_row_dup_lines (self->mirrors_row);
  g_autofree char *text = g_strjoinv ("\n", lines);
  /* Somebody may have pasted several into one line. */
  g_auto (GStrv) links = keel_links_find (text);

  offer->checksum = keel_checksum_text_parse (get_text (self->checksum_row));
  /* If there are too many, the service says so: none of what was typed is dropped here. */
  for (guint i = 0; links[i] != NULL; i++)
    g_ptr_array_add (offer->mirrors, g_strdup (links[i]));
}

static void
apply_headers (KeelAddOptions *self,
               KeelDownload   *download)
{
  g_auto (GStrv) lines = keel_lines_row_dup_lines (self->headers_row);

  if (*get_text (self->referrer_row) != '\0')
    keel_download_add_header (download, "Referer", get_text (self->referrer_row));
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *colon = strchr (lines[i], ':');
      g_autofree char *name = g_strndup (lines[i], colon - lines[i]);
      g_autofree char *value = g_strstrip (g_strdup (colon + 1));

      keel_download_add_header (download, name, value);
    }
}

/* What all downloads have in common; only what has passed keel_add_options_check(). */
void
keel_add_options_apply (KeelAddOptions *self,
                        KeelDownload   *download)
{
  /* As in the template; 0 is automatic. */
  static const guint connections[] = { 0, 1, 2, 4, 8, 16 };

  keel_download_set_max_rate (download, keel_rate_row_get_rate (self->limit_row));
  keel_download_set_max_connections (
    download, connections[adw_combo_row_get_selected (self->connections_row)]);
  apply_headers (self, download);
  if (*get_text (self->user_row) != '\0')
    {
      keel_download_set_user (download, get_text (self->user_row));
      keel_download_set_password (download, get_text (self->password_row));
    }
}
