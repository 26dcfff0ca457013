/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define KEEL_NOTICE_RESCUE G_MAXUINT64
#define KEEL_NOTICE_BACKGROUND (G_MAXUINT64 - 1)
#define KEEL_NOTICE_WHEN_DONE (G_MAXUINT64 - 2)
/* With a session's id: of what its application has missed. Tasks do not get that far. */
#define KEEL_NOTICE_SESSION ((guint64) 1 << 62)
#define KEEL_NOTICE_SUMMARY 0 /* the key of the one that stands for several tasks */

/* One notification; all strings are already in the person's language. */
typedef struct {
  guint64 key; /* a task's id; showing the same key again replaces */
  char *summary;
  char *body; /* (nullable) */
  char *icon;    /* (nullable) name of a picture; none: that of the application */
  char *file;    /* (nullable) path: its thumbnail, if there is one, is better than the icon */
  const char *category;       /* (nullable) static, of the specification */
  const char *default_action; /* static: on a click on the notification itself */
  const char *default_label;  /* static: for that, if it is none of the actions */
  GVariant *target;           /* (owned) (nullable) what the actions are done with */
  gboolean is_urgent;         /* stays until it is dealt with, or taken back */
  GPtrArray *actions;         /* (element-type utf8) name, label, name, label... */
} KeelNotice;

typedef struct _KeelNoticeBoard KeelNoticeBoard;

/* In the context in which the board was made. */
typedef struct {
  void (*action) (gpointer user_data, guint64 key, const char *action, const char *token);
  void (*closed) (gpointer user_data, guint64 key);
} KeelNoticeBoardEvents;

KeelNotice      *keel_notice_new            (guint64                      key);
void             keel_notice_free           (KeelNotice                  *self);
void             keel_notice_add_action     (KeelNotice                  *self,
                                             const char                  *name,
                                             const char                  *label);

KeelNoticeBoard *keel_notice_board_new      (const KeelNoticeBoardEvents *events,
                                             GDBusConnection             *portal,
                                             gpointer                     user_data);
void             keel_notice_board_free     (KeelNoticeBoard             *self);
void             keel_notice_board_show     (KeelNoticeBoard             *self,
                                             KeelNotice                  *notice);
gboolean         keel_notice_board_is_lasting (KeelNoticeBoard           *self);
void             keel_notice_board_withdraw (KeelNoticeBoard             *self,
                                             guint64                      key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelNotice, keel_notice_free)

G_END_DECLS
