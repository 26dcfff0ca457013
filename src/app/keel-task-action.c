/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-task-action.h"

#include <glib/gi18n.h>

#include "keel-file-type.h"

/* What can be done with a task in the state it is in: the one thing that its button offers, and
 * the menu of all of them. Only what is possible is offered; nothing is greyed. */

static const KeelTaskAction PAUSE = { "task.pause", "media-playback-pause-symbolic", N_("Pause") };
static const KeelTaskAction RESUME = { "task.resume", "media-playback-start-symbolic",
                                       N_("Resume") };
static const KeelTaskAction RETRY = { "task.retry", "view-refresh-symbolic", N_("Retry") };
static const KeelTaskAction START_OVER = { "task.retry", "view-refresh-symbolic",
                                           N_("Start Over") };
static const KeelTaskAction DOWNLOAD_AGAIN = { "task.retry", "view-refresh-symbolic",
                                               N_("Download Again") };
static const KeelTaskAction START_NOW = { "task.start-now", "media-playback-start-symbolic",
                                          N_("Start Now") };
static const KeelTaskAction SIGN_IN = { "task.sign-in", "dialog-password-symbolic",
                                        N_("Sign In…") };
static const KeelTaskAction OPEN_PORTAL = { "task.open-portal", "dialog-password-symbolic",
                                            N_("Sign In…") };
static const KeelTaskAction NEW_LINK = { "task.new-link", "edit-paste-symbolic",
                                         N_("Paste New Link…") };
static const KeelTaskAction CHOOSE_FOLDER = { "task.choose-folder", "folder-open-symbolic",
                                              N_("Choose Folder…") };
static const KeelTaskAction OPEN = { "task.open", "external-link-symbolic", N_("Open") };
static const KeelTaskAction SHOW_IN_FOLDER = { "task.show-in-folder", "folder-symbolic",
                                               N_("Show in Folder") };
static const KeelTaskAction VERIFY = { "task.verify-checksum", "emblem-ok-symbolic",
                                       N_("Verify Checksum…") };
static const KeelTaskAction COPY_LINK = { "task.copy-link", "edit-copy-symbolic",
                                          N_("Copy Link") };
static const KeelTaskAction DOWNLOAD_ANYWAY = { "task.download-anyway", "folder-download-symbolic",
                                                N_("Download Anyway") };
static const KeelTaskAction MOVE_TO_TOP = { "task.move-to-top", "go-top-symbolic",
                                            N_("Move to Top") };
static const KeelTaskAction SELECT = { "task.select", "object-select-symbolic", N_("Select") };
static const KeelTaskAction DETAILS = { "task.show-details", "document-properties-symbolic",
                                        N_("Details") };
static const KeelTaskAction TRASH = { "task.trash", "user-trash-symbolic", N_("Move to Trash") };
static const KeelTaskAction CANCEL = { "task.cancel", "process-stop-symbolic", N_("Cancel") };
static const KeelTaskAction REMOVE = { "task.remove", "user-trash-symbolic", N_("Remove") };

/* Whether it is the link that does not lead to the file, or not any more. */
static gboolean
is_about_link (guint http_status)
{
  return http_status == 403 || http_status == 404 || http_status == 410;
}

static const KeelTaskAction *
action_for_failed (const KeelFacts *facts)
{
  switch (facts->error_code)
    {
    case KEEL_TASK_ERROR_CONTENT_CHANGED:
      return &START_OVER;
    case KEEL_TASK_ERROR_CHECKSUM:
      return &DOWNLOAD_AGAIN;
    case KEEL_TASK_ERROR_AUTH_REQUIRED:
      return &SIGN_IN;
    case KEEL_TASK_ERROR_BAD_URI:
    case KEEL_TASK_ERROR_NEEDS_NEW_URL:
    case KEEL_TASK_ERROR_REDIRECT:
      return &NEW_LINK;
    case KEEL_TASK_ERROR_HTTP_STATUS:
      return is_about_link (facts->error_http_status) ? &NEW_LINK : &RETRY;
    case KEEL_TASK_ERROR_UNSUPPORTED:
      return &REMOVE;
    case KEEL_TASK_ERROR_NO_SPACE:
    case KEEL_TASK_ERROR_DISK:
    case KEEL_TASK_ERROR_DESTINATION:
    /* For a file system, which is all that forbids it. */
    case KEEL_TASK_ERROR_TOO_LARGE:
      return &CHOOSE_FOLDER;
    case KEEL_TASK_ERROR_DNS:
    case KEEL_TASK_ERROR_CONNECT:
    case KEEL_TASK_ERROR_TLS:
    case KEEL_TASK_ERROR_TIMEOUT:
    case KEEL_TASK_ERROR_TRUNCATED:
    case KEEL_TASK_ERROR_PROTOCOL:
    case KEEL_TASK_ERROR_LIMITS:
    case KEEL_TASK_ERROR_INTERNAL:
    default:
      return &RETRY;
    }
}

static gboolean
waits_for_folder (const KeelFacts *facts)
{
  return facts->state == KEEL_TASK_STATE_WAITING &&
         (facts->wait_reason == KEEL_WAIT_REASON_DESTINATION ||
          facts->wait_reason == KEEL_WAIT_REASON_LOW_DISK);
}

static const KeelTaskAction *
action_for_waiting (const KeelFacts *facts)
{
  if (waits_for_folder (facts))
    return &CHOOSE_FOLDER;
  if (facts->wait_reason == KEEL_WAIT_REASON_AUTH)
    return &SIGN_IN;
  if (facts->wait_reason == KEEL_WAIT_REASON_CAPTIVE_PORTAL)
    return &OPEN_PORTAL;
  return facts->wait_reason == KEEL_WAIT_REASON_RETRY ? &RETRY : &PAUSE;
}

/* What the button of the row does. */
const KeelTaskAction *
keel_task_action_for (const KeelFacts *facts)
{
  switch (facts->state)
    {
    case KEEL_TASK_STATE_PAUSED:
      return &RESUME;
    case KEEL_TASK_STATE_FINISHED:
      if (facts->is_gone)
        return &REMOVE;
      return keel_file_type_is_dangerous (facts->file_name) ? &SHOW_IN_FOLDER : &OPEN;
    case KEEL_TASK_STATE_FAILED:
      return action_for_failed (facts);
    case KEEL_TASK_STATE_CANCELLED:
      return &REMOVE;
    case KEEL_TASK_STATE_WAITING:
      return action_for_waiting (facts);
    case KEEL_TASK_STATE_QUEUED:
    case KEEL_TASK_STATE_RUNNING:
    case KEEL_TASK_STATE_VERIFYING:
    default:
      return &PAUSE;
    }
}

/* What needs a person is offered in words where there is room, not by a picture. */
gboolean
keel_task_action_has_text (const KeelFacts *facts)
{
  return facts->state == KEEL_TASK_STATE_FAILED || waits_for_folder (facts) ||
         (facts->state == KEEL_TASK_STATE_WAITING &&
          (facts->wait_reason == KEEL_WAIT_REASON_AUTH ||
           facts->wait_reason == KEEL_WAIT_REASON_CAPTIVE_PORTAL));
}

static void
append (GMenu                *menu,
        const KeelTaskAction *action,
        guint64               id,
        const char           *accel)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (_(action->label), NULL);

  g_menu_item_set_action_and_target_value (item, action->action_name, g_variant_new_uint64 (id));
  if (accel != NULL)
    g_menu_item_set_attribute (item, "accel", "s", accel);
  g_menu_item_set_attribute (item, "hidden-when", "s", "action-missing");
  g_menu_append_item (menu, item);
}

static void
append_section (GMenu *menu,
                GMenu *section)
{
  if (g_menu_model_get_n_items (G_MENU_MODEL (section)) > 0)
    g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
}

static gboolean
is_live (const KeelFacts *facts)
{
  return facts->state != KEEL_TASK_STATE_FINISHED && facts->state != KEEL_TASK_STATE_FAILED &&
         facts->state != KEEL_TASK_STATE_CANCELLED;
}

static gboolean
waits_for_policy (const KeelFacts *facts)
{
  return facts->state == KEEL_TASK_STATE_WAITING &&
         (facts->wait_reason == KEEL_WAIT_REASON_METERED ||
          facts->wait_reason == KEEL_WAIT_REASON_POWER);
}

static gboolean
waits_for_time (const KeelFacts *facts)
{
  return facts->state == KEEL_TASK_STATE_WAITING && facts->wait_reason == KEEL_WAIT_REASON_SCHEDULE;
}

/* What makes a task go on, or stop. */
static void
append_verbs (GMenu           *verbs,
              const KeelFacts *facts,
              guint64          id)
{
  const KeelTaskAction *first = keel_task_action_for (facts);

  if (first == &PAUSE || first == &RESUME)
    append (verbs, first, id, "space");
  else if (first == &OPEN)
    append (verbs, first, id, "Return");
  else if (first != &REMOVE && first != &SHOW_IN_FOLDER)
    append (verbs, first, id, NULL);
  if (first == &NEW_LINK || first == &OPEN_PORTAL || first == &CHOOSE_FOLDER)
    append (verbs, &RETRY, id, NULL);
  if (is_live (facts) &&
      (first == &RETRY || first == &SIGN_IN || first == &OPEN_PORTAL || first == &CHOOSE_FOLDER))
    append (verbs, &PAUSE, id, "space");
  if (waits_for_policy (facts))
    append (verbs, &DOWNLOAD_ANYWAY, id, NULL);
  if (waits_for_time (facts))
    append (verbs, &START_NOW, id, NULL);
  if (facts->state == KEEL_TASK_STATE_QUEUED || facts->state == KEEL_TASK_STATE_WAITING ||
      facts->state == KEEL_TASK_STATE_PAUSED)
    append (verbs, &MOVE_TO_TOP, id, NULL);
  /* The file that is there stays: the new one has a name of its own, unless it is to replace it. */
  if (facts->state == KEEL_TASK_STATE_FINISHED)
    append (verbs, &DOWNLOAD_AGAIN, id, NULL);
}

/**
 * keel_task_action_menu:
 * @has_file: whether the file, or what there is of it, has a place on the disk
 * @place: where it is; what leads there is not in it
 *
 * Returns: (transfer full): the context menu of a task
 */
GMenuModel *
keel_task_action_menu (const KeelFacts *facts,
                       guint64          id,
                       gboolean         has_file,
                       KeelTaskMenu     place)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) verbs = g_menu_new ();
  g_autoptr (GMenu) file = g_menu_new ();
  g_autoptr (GMenu) look = g_menu_new ();
  g_autoptr (GMenu) end = g_menu_new ();
  gboolean is_finished = facts->state == KEEL_TASK_STATE_FINISHED;

  append_verbs (verbs, facts, id);

  append (file, &COPY_LINK, id, "<Control>c");
  if (is_live (facts) && facts->state != KEEL_TASK_STATE_VERIFYING)
    append (file, &NEW_LINK, id, NULL);
  if (has_file && !facts->is_gone)
    append (file, &SHOW_IN_FOLDER, id, NULL);
  if (is_finished && has_file && !facts->is_gone)
    append (file, &VERIFY, id, NULL);

  /* The page itself has neither a page nor ticks. */
  if (place == KEEL_TASK_MENU_LIST)
    {
      append (look, &DETAILS, id, "<Alt>Return");
      append (look, &SELECT, id, NULL);
    }

  if (is_live (facts))
    append (end, &CANCEL, id, NULL);
  append (end, &REMOVE, id, "Delete");
  if (is_finished && has_file && !facts->is_gone)
    append (end, &TRASH, id, NULL);

  append_section (menu, verbs);
  append_section (menu, file);
  append_section (menu, look);
  append_section (menu, end);

  return G_MENU_MODEL (g_steal_pointer (&menu));
}
