/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-loopback.h"

/* A file that is fetched over several connections, from a server that does to the helpers whatever
 * a test likes. A helper is who asks for a range that has an end. The first answer, which is all of
 * the file, stops after a little until as many helpers have asked as are wanted. */

#define MIB (1024 * 1024)
#define KIB 1024
/* So much of the whole comes before the helpers do. */
#define KEEL_SCENE_FIRST (256 * KIB)
/* What a tag and ranges look like; %u is the number of the version. */
#define KEEL_SCENE_TAG "ETag: \"v%u\"\r\nAccept-Ranges: bytes\r\n"

typedef enum {
  KEEL_HELPER_GOOD,
  KEEL_HELPER_WHOLE,         /* no range, but all of it */
  KEEL_HELPER_OTHER_VERSION, /* all of another file: the honest answer to If-Range */
  KEEL_HELPER_OTHER_TAG,     /* a range of another file, which says so */
  KEEL_HELPER_LYING,         /* a range of another file with the tag of the first */
  KEEL_HELPER_OTHER_TOTAL,
  KEEL_HELPER_LATER,    /* a range that begins behind what was asked for */
  KEEL_HELPER_EARLIER,  /* likewise, before */
  KEEL_HELPER_SHORTER,  /* a range that ends before what was asked for */
  KEEL_HELPER_MUTE,     /* no tag */
  KEEL_HELPER_NO_RANGE, /* no Content-Range */
  KEEL_HELPER_NONSENSE, /* a Content-Range that is none */
  KEEL_HELPER_MULTIPART,
  KEEL_HELPER_CODED,
  KEEL_HELPER_CUT,  /* 300 KiB at most */
  KEEL_HELPER_HALF, /* of what it says */
  KEEL_HELPER_NOTHING, /* a head and no byte */
  KEEL_HELPER_CLOSED,  /* no answer at all */
  KEEL_HELPER_FORBIDDEN,
  KEEL_HELPER_GONE,
  KEEL_HELPER_BUSY,
  KEEL_HELPER_TOO_MANY,
  KEEL_HELPER_WEB_PAGE,
  KEEL_HELPER_UNSATISFIABLE,
  KEEL_HELPER_NO_CONTENT,
  KEEL_HELPER_PASSWORD,
  KEEL_HELPER_LOOP,   /* redirects that lead in circles */
  KEEL_HELPER_ASIDE,  /* a redirect to where the file is */
  KEEL_HELPER_SILENT, /* no head, until the test says so */
  KEEL_HELPER_STALLED, /* a head and some bytes, likewise */
} KeelHelper;

typedef struct {
  guint8 *bytes[2]; /* of two versions */
  gsize length;
  const char *head; /* what is said of the version; "%u" is its number */
  KeelHelper helper;
  gboolean is_fair;       /* who asks when nobody else does is served well */
  gint n_bad;             /* atomic: so many helpers are served so, then well; negative: all */
  KeelLoopback *awaited;  /* (nullable) the first answer goes on after so many requests */
  guint n_wanted;         /* to this server, or to itself */
  guint late_ms;          /* and so long after them */
  guint helper_late_ms;   /* so long helpers wait for their answers */
  gboolean is_patient;    /* helpers wait until so many have asked: none takes another's work */
  gsize stalled_after;    /* STALLED: so many bytes come */
  gint n_running;         /* these five are atomic: requests that are being answered */
  gint n_helpers;
  gint n_held;            /* helpers that got all that they will get, for now */
  gint version;           /* that the server has now */
  gint is_open;           /* the first answer does not stop; negative: it never goes on */
} KeelScene;

void keel_scene_init  (KeelScene   *self,
                       gsize        length);
void keel_scene_clear (KeelScene   *self);
void keel_scene_serve (KeelRequest *request,
                       gpointer     scene);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KeelScene, keel_scene_clear)
