/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define KEEL_JOB_VIEW_SERVER "org.kde.JobViewServer"

/* What is shown of a job. */
typedef struct {
  const char *title;
  const char *dest_uri; /* (nullable) where it goes */
  gboolean is_suspended;
  guint percent;
  guint64 rate_bps;
  guint64 bytes_done;
  guint64 bytes; /* 0: not known */
} KeelJobFace;

typedef enum {
  KEEL_JOB_SUSPEND,
  KEEL_JOB_RESUME,
  KEEL_JOB_CANCEL,
} KeelJobWish;

/* What the person wants. */
typedef void (*KeelJobFunc) (gpointer user_data, KeelJobWish wish);

typedef struct _KeelJobView KeelJobView;

KeelJobView *keel_job_view_new  (GDBusConnection   *connection,
                                 const KeelJobFace *face,
                                 gboolean           can_cancel,
                                 KeelJobFunc        func,
                                 gpointer           user_data);
void         keel_job_view_show (KeelJobView       *self,
                                 const KeelJobFace *face);
void         keel_job_view_end  (KeelJobView       *self);

G_END_DECLS
