/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-notice-words.h"

#include "keel-config.h"
#include "keel-file-name.h"
#include "keel-size-format.h"
#include "keel-task-error.h"
#include "keel-task-words.h"

#include <glib/gi18n.h>
#include <string.h>

/* What a notification says and offers: one cause, and the one thing that can be done about it,
 * which is what the button of the task's row offers in the window (keel-task-action.c there).
 *
 * A name comes from a server or another program. It stands in one line, is cut in its middle when
 * it is long, so that its end can still be read, and cannot turn the text around it: the characters
 * that do that (Unicode's bidirectional controls) also make “exe.gpj” look like a picture. What is
 * left is isolated (UAX #9), so that a name in Arabic leaves the sentence around it in order.
 *
 * What runs or installs something when it is opened is only shown in its folder. */

#define MOST_CHARS 64
#define END_CHARS 20
#define ISOLATE "\xe2\x81\xa8"     /* U+2068 FIRST STRONG ISOLATE */
#define ISOLATE_END "\xe2\x81\xa9" /* U+2069 POP DIRECTIONAL ISOLATE */

/* --- names ----------------------------------------------------------------------------------- */

static gboolean
turns_text (gunichar c)
{
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

static gboolean
is_space (gunichar c)
{
  return g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_LINE_SEPARATOR ||
         g_unichar_type (c) == G_UNICODE_PARAGRAPH_SEPARATOR;
}

static char *
dup_tame (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autoptr (GString) tame = g_string_new (NULL);
  glong length;

  for (const char *c = valid; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      if (is_space (character))
        g_string_append_c (tame, ' ');
      else if (!turns_text (character))
        g_string_append_unichar (tame, character);
    }
  length = g_utf8_strlen (tame->str, -1);
  if (length > MOST_CHARS)
    {
      const char *from = g_utf8_offset_to_pointer (tame->str, MOST_CHARS - END_CHARS - 1);
      const char *to = g_utf8_offset_to_pointer (tame->str, length - END_CHARS);
      gssize at = from - tame->str;

      g_string_erase (tame, at, to - from);
      g_string_insert (tame, at, "…");
    }
  if (g_str_is_ascii (tame->str))
    return g_strdup (tame->str);
  return g_strconcat (ISOLATE, tame->str, ISOLATE_END, NULL);
}

/* What a transfer is called in front of people, wherever the desktop shows it. Before a server has
 * said how its file is called it has the name that the link gives it. */
char *
keel_notice_words_dup_name (const KeelTransferRecord *record)
{
  const char *leaf = keel_transfer_record_get_leaf (record);
  g_autofree char *guess = NULL;
  g_autofree char *display = NULL;

  if (record->title != NULL)
    return dup_tame (record->title);
  if (leaf == NULL)
    guess = keel_file_name_choose (record->wanted, NULL, record->uri, NULL, NULL);
  display = g_filename_display_name (leaf != NULL ? leaf : guess);
  return dup_tame (display);
}

/* --- what kind of file ----------------------------------------------------------------------- */

static gboolean
is_dangerous (const char *leaf)
{
  g_auto (GStrv) suffixes = g_strsplit (KEEL_DANGEROUS_SUFFIXES, " ", -1);
  g_autofree char *folded = g_ascii_strdown (leaf, -1);

  for (guint i = 0; suffixes[i] != NULL; i++)
    if (g_str_has_suffix (folded, suffixes[i]))
      return TRUE;
  return FALSE;
}

/* The name of a picture that every icon theme has. What the server says counts only where the name
 * says nothing. */
static char *
dup_icon (const KeelTransferRecord *record,
          const char               *leaf)
{
  gboolean is_uncertain = TRUE;
  g_autofree char *type = g_content_type_guess (leaf, NULL, 0, &is_uncertain);
  g_autofree char *icon = NULL;

  if (is_uncertain && record->content_type != NULL)
    {
      g_autofree char *by_server = g_content_type_from_mime_type (record->content_type);

      if (by_server != NULL && !g_content_type_is_unknown (by_server))
        {
          g_free (type);
          type = g_steal_pointer (&by_server);
        }
    }
  if (!g_content_type_is_unknown (type))
    icon = g_content_type_get_generic_icon_name (type);
  return icon != NULL ? g_steal_pointer (&icon) : g_strdup ("application-x-generic");
}

/* --- one task -------------------------------------------------------------------------------- */

static char *
dup_cause (const KeelTransferRecord *record)
{
  if (record->state == KEEL_TRANSFER_FAILED)
    return keel_task_words_for_error ((KeelTaskError) record->error_code,
                                      record->error_http_status);
  switch ((int) record->wait_reason)
    {
    case KEEL_WAIT_REASON_LOW_DISK:
      return g_strdup (_("Not enough space on the disk"));
    case KEEL_WAIT_REASON_DESTINATION:
      return g_strdup (_("The folder is not reachable"));
    case KEEL_WAIT_REASON_AUTH:
    default:
      return g_strdup (_("Sign-in needed"));
    }
}

typedef struct {
  const char *action;
  const char *label;
} Remedy;

static const Remedy RETRY = { "retry", N_("Retry") };
static const Remedy SIGN_IN = { "sign-in", N_("Sign In") };
static const Remedy NEW_LINK = { "new-link", N_("Paste New Link") };
static const Remedy CHOOSE_FOLDER = { "choose-folder", N_("Choose Folder") };

static const Remedy *
get_remedy_for_failed (const KeelTransferRecord *record)
{
  guint status = record->error_http_status;

  switch ((int) record->error_code)
    {
    case KEEL_TASK_ERROR_AUTH_REQUIRED:
      return &SIGN_IN;
    case KEEL_TASK_ERROR_BAD_URI:
    case KEEL_TASK_ERROR_NEEDS_NEW_URL:
    case KEEL_TASK_ERROR_REDIRECT:
      return &NEW_LINK;
    case KEEL_TASK_ERROR_HTTP_STATUS:
      return status == 403 || status == 404 || status == 410 ? &NEW_LINK : &RETRY;
    case KEEL_TASK_ERROR_NO_SPACE:
    case KEEL_TASK_ERROR_DISK:
    case KEEL_TASK_ERROR_DESTINATION:
    case KEEL_TASK_ERROR_TOO_LARGE:
      return &CHOOSE_FOLDER;
    case KEEL_TASK_ERROR_UNSUPPORTED:
      return NULL;
    default:
      return &RETRY;
    }
}

static const Remedy *
get_remedy (const KeelTransferRecord *record)
{
  if (record->state == KEEL_TRANSFER_FAILED)
    return get_remedy_for_failed (record);
  return keel_notice_words_waits_for_disk (record) ? &CHOOSE_FOLDER : &SIGN_IN;
}

/* Whether it waits for room, or for a folder, which only a person may be able to give it. */
gboolean
keel_notice_words_waits_for_disk (const KeelTransferRecord *record)
{
  return record->state == KEEL_TRANSFER_WAITING &&
         (record->wait_reason == KEEL_WAIT_REASON_LOW_DISK ||
          record->wait_reason == KEEL_WAIT_REASON_DESTINATION);
}

static KeelNotice *
make_finished (const KeelTransferRecord *record)
{
  KeelNotice *notice = keel_notice_new ((guint64) record->id);
  const char *leaf = keel_transfer_record_get_leaf (record);
  g_autofree char *name = keel_notice_words_dup_name (record);
  g_autofree char *folder = g_filename_display_basename (record->dir);
  g_autofree char *tame_folder = dup_tame (folder);
  g_autofree char *size = keel_format_size (record->total);

  /* Translators: a notification's title; %s is a file's name. */
  notice->summary = g_strdup_printf (_("“%s” finished"), name);
  /* Translators: a size and the name of a folder, as in “4.2 MB in Downloads”. */
  notice->body = g_strdup_printf (_("%s in %s"), size, tame_folder);
  notice->category = "transfer.complete";
  notice->default_action = "show-in-folder";
  if (leaf != NULL)
    {
      notice->icon = dup_icon (record, leaf);
      notice->file = g_build_filename (record->dir, leaf, NULL);
    }
  if (leaf != NULL && !is_dangerous (leaf))
    {
      keel_notice_add_action (notice, "open-file", _("Open"));
      notice->default_action = "open-file";
    }
  keel_notice_add_action (notice, "show-in-folder", _("Show in Folder"));
  return notice;
}

static KeelNotice *
make_needing (const KeelTransferRecord *record)
{
  KeelNotice *notice = keel_notice_new ((guint64) record->id);
  const Remedy *remedy = get_remedy (record);
  g_autofree char *name = keel_notice_words_dup_name (record);

  /* Translators: a notification's title; %s is a file's name. */
  notice->summary = g_strdup_printf (_("“%s” needs you"), name);
  notice->body = dup_cause (record);
  notice->category = "transfer.error";
  if (remedy != NULL)
    keel_notice_add_action (notice, remedy->action, _(remedy->label));
  notice->default_action = "show-task";
  return notice;
}

/* Of one that has finished or failed, or waits for a person. */
KeelNotice *
keel_notice_words_for_task (const KeelTransferRecord *record)
{
  return record->state == KEEL_TRANSFER_FINISHED ? make_finished (record) : make_needing (record);
}

/* --- several --------------------------------------------------------------------------------- */

KeelNotice *
keel_notice_words_for_many (guint n_finished,
                            guint n_needing)
{
  KeelNotice *notice = keel_notice_new (KEEL_NOTICE_SUMMARY);

  if (n_finished > 0)
    notice->summary = g_strdup_printf (ngettext ("%u download finished", "%u downloads finished",
                                                 n_finished),
                                       n_finished);
  if (n_needing > 0)
    {
      g_autofree char *failed = g_strdup_printf (ngettext ("%u download needs you",
                                                           "%u downloads need you", n_needing),
                                                 n_needing);

      if (notice->summary == NULL)
        notice->summary = g_steal_pointer (&failed);
      else
        notice->body = g_steal_pointer (&failed);
    }
  notice->category = n_needing > 0 ? "transfer.error" : "transfer.complete";
  notice->default_action = "show-window";
  return notice;
}

/* With the name of an application before them, if there is one. */
KeelNotice *
keel_notice_words_for_missed (const KeelMissedEvents *missed)
{
  KeelNotice *notice = keel_notice_new (KEEL_NOTICE_SESSION | (guint64) missed->session_id);
  const char *name = missed->name;
  guint count = missed->n_finished > 0 ? missed->n_finished : missed->n_troubled;
  g_autofree char *words = NULL;

  if (missed->n_finished > 0)
    words = g_strdup_printf (ngettext ("%u download finished", "%u downloads finished", count),
                             count);
  else
    words = g_strdup_printf (ngettext ("%u download needs you", "%u downloads need you", count),
                             count);
  if (missed->n_finished > 0 && missed->n_troubled > 0)
    notice->body = g_strdup_printf (ngettext ("%u download needs you", "%u downloads need you",
                                              missed->n_troubled),
                                    missed->n_troubled);
  /* Translators: an application's name, and what happened: “Foo: 3 downloads finished”. */
  notice->summary = name != NULL ? g_strdup_printf (_("%s: %s"), name, words) :
                                   g_steal_pointer (&words);
  notice->category = missed->n_troubled > 0 ? "transfer.error" : "transfer.complete";
  notice->default_action = "launch";
  return notice;
}

/* After a rescue of the list: there are @count left. */
KeelNotice *
keel_notice_words_for_rescue (guint count)
{
  KeelNotice *notice = keel_notice_new (KEEL_NOTICE_RESCUE);

  notice->summary = g_strdup (_("The list of downloads was damaged"));
  notice->body = g_strdup_printf (ngettext ("%u download could be restored",
                                            "%u downloads could be restored", count),
                                  count);
  notice->category = "transfer.error";
  notice->default_action = "show-window";
  return notice;
}

/* In a sandbox, the person does not want downloads to go on without a window. */
KeelNotice *
keel_notice_words_for_background (void)
{
  KeelNotice *notice = keel_notice_new (KEEL_NOTICE_BACKGROUND);

  notice->summary = g_strdup (_("Downloads may stop when the window is closed"));
  /* Translators: “Background” is a permission in the desktop's settings of an application. */
  notice->body = g_strdup (_("To let them go on, allow Keelboat to run in the background"));
  notice->default_action = "show-window";
  return notice;
}

/* --- when all is done ------------------------------------------------------------------------ */

/* The machine is about to be suspended, or to be shut down. */
KeelNotice *
keel_notice_words_for_countdown (gboolean is_suspend)
{
  KeelNotice *notice = keel_notice_new (KEEL_NOTICE_WHEN_DONE);

  notice->summary = g_strdup (_("All downloads are done"));
  notice->body = g_strdup (is_suspend ? _("The computer will be suspended in one minute") :
                                        _("The computer will be shut down in one minute"));
  notice->category = "transfer.complete";
  notice->is_urgent = TRUE;
  notice->default_action = "show-window";
  /* Translators: a button: do not suspend or shut down the computer. */
  keel_notice_add_action (notice, KEEL_NOTICE_WORDS_CANCEL, _("Cancel"));
  return notice;
}

/* It was to be, but something is left that only a person can finish. */
KeelNotice *
keel_notice_words_for_stays_on (guint n_needing)
{
  KeelNotice *notice = keel_notice_new (KEEL_NOTICE_WHEN_DONE);

  notice->summary = g_strdup (_("The computer stays on"));
  notice->body = g_strdup_printf (ngettext ("%u download needs you", "%u downloads need you",
                                            n_needing),
                                  n_needing);
  notice->category = "transfer.error";
  notice->default_action = "show-window";
  return notice;
}

/* It was to be, and the system did not. */
KeelNotice *
keel_notice_words_for_no_power (gboolean is_suspend,
                                gboolean is_silent)
{
  KeelNotice *notice = keel_notice_new (KEEL_NOTICE_WHEN_DONE);

  notice->summary = g_strdup (is_suspend ? _("The computer was not suspended") :
                                           _("The computer was not shut down"));
  notice->body = g_strdup (is_silent ? _("The system did not answer") :
                                       _("The system does not allow it now"));
  notice->default_action = "show-window";
  return notice;
}
