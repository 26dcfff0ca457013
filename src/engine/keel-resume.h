/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is known of the bytes on disk. Strings are borrowed and NULL when unknown. */
typedef struct {
  guint64 offset;    /* how many there are, from the start */
  gboolean has_total;
  guint64 total;
  const char *etag;
  const char *last_modified;
  const char *date;  /* of the answer that gave last_modified */
} KeelResumeState;

/* What a server answered. */
typedef struct {
  guint status;
  const char *content_range;
  const char *content_type;
  const char *content_encoding;
  const char *etag;
  const char *last_modified;
} KeelResumeAnswer;

typedef enum {
  KEEL_RESUME_APPEND,  /* the body goes on where the disk ends */
  KEEL_RESUME_RESTART, /* not to be trusted: forget what is on disk, ask for everything */
  KEEL_RESUME_REFUSED, /* an error status, which says nothing about the bytes */
} KeelResumeAction;

const char      *keel_resume_get_if_range (const KeelResumeState  *state);
KeelResumeAction keel_resume_decide       (const KeelResumeState  *state,
                                           const KeelResumeAnswer *answer);

G_END_DECLS
