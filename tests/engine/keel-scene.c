/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-scene.h"

#include <string.h>

/* No test waits longer for helpers that do not come. */
#define MOST_MS 20000

/* Noise, the same each time; quicker than keel_loopback_make_bytes(). */
static guint8 *
make_bytes (gsize   length,
            guint64 seed)
{
  gsize n_words = length / 8 + 1;
  guint64 *words = g_new (guint64, n_words);

  for (gsize i = 0; i < n_words; i++)
    {
      seed ^= seed << 13;
      seed ^= seed >> 7;
      seed ^= seed << 17;
      words[i] = seed;
    }
  return (guint8 *) words;
}

/* A file of so many bytes, from a good server with tags. */
void
keel_scene_init (KeelScene *scene,
                 gsize      length)
{
  *scene = (KeelScene) { .length = length,
                        .head = KEEL_SCENE_TAG,
                        .n_bad = -1,
                        .stalled_after = 100 * KIB };
  for (guint i = 0; i < G_N_ELEMENTS (scene->bytes); i++)
    scene->bytes[i] = make_bytes (length, 88172645463325252 + i);
}

void
keel_scene_clear (KeelScene *scene)
{
  for (guint i = 0; i < G_N_ELEMENTS (scene->bytes); i++)
    g_free (scene->bytes[i]);
}

/* --- the server ------------------------------------------------------------------------------ */

static char *
dup_head (KeelScene *scene,
          guint      version)
{
  g_auto (GStrv) parts = g_strsplit (scene->head, "%u", 2);
  g_autofree char *number = g_strdup_printf ("%u", version);

  return parts[1] != NULL ? g_strconcat (parts[0], number, parts[1], NULL) : g_strdup (parts[0]);
}

/* Until they have asked, or the test says so. */
static void
wait_for_helpers (KeelRequest *request,
                  KeelScene   *scene)
{
  KeelLoopback *awaited = scene->awaited != NULL ? scene->awaited : request->server;

  for (guint i = 0; i < MOST_MS; i++)
    {
      gint is_open = g_atomic_int_get (&scene->is_open);

      if (is_open > 0 || keel_loopback_is_released (request->server))
        return;
      if (is_open == 0 && keel_loopback_get_requests (awaited) >= scene->n_wanted)
        break;
      g_usleep (1000);
    }
  g_usleep ((gulong) scene->late_ms * 1000);
}

static void
serve_whole (KeelRequest *request,
             KeelScene   *scene,
             guint        version)
{
  g_autofree char *head = dup_head (scene, version);
  gsize first = MIN (KEEL_SCENE_FIRST, scene->length);

  keel_request_print (request, "HTTP/1.1 200 OK\r\n%sContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                      head, scene->length);
  keel_request_write (request, scene->bytes[version], first);
  wait_for_helpers (request, scene);
  keel_request_write (request, scene->bytes[version] + first, scene->length - first);
}

/* What a 206 may say, and which bytes come. */
typedef struct {
  guint version;
  guint64 first;
  guint64 last;
  guint64 total;
  gsize sent;
  const char *extra; /* lines of the head */
} Part;

static void
serve_part (KeelRequest *request,
            KeelScene   *scene,
            const char  *head,
            const Part  *part)
{
  keel_request_print (request,
                      "HTTP/1.1 206 Partial Content\r\n%s%sContent-Range: bytes "
                      "%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT
                      "\r\nContent-Length: %" G_GUINT64_FORMAT "\r\n\r\n",
                      head, part->extra != NULL ? part->extra : "", part->first, part->last,
                      part->total, part->last + 1 - part->first);
  keel_request_write (request, scene->bytes[part->version] + part->first, part->sent);
}

static Part
make_part (KeelScene *scene,
           guint64    first,
           guint64    last)
{
  return (Part) { .version = (guint) g_atomic_int_get (&scene->version),
                 .first = first,
                 .last = last,
                 .total = scene->length,
                 .sent = (gsize) (last + 1 - first) };
}

/* Those that are nearly right. FALSE: it is none of these. */
static gboolean
serve_odd_part (KeelRequest *request,
                KeelScene   *scene,
                const char  *head,
                Part         part)
{
  switch ((int) scene->helper)
    {
    case KEEL_HELPER_LYING:
      part.version = 1;
      break;
    case KEEL_HELPER_OTHER_TAG:
      head = "ETag: \"other\"\r\n";
      part.version = 1;
      break;
    case KEEL_HELPER_OTHER_TOTAL:
      part.total++;
      break;
    case KEEL_HELPER_LATER:
      part.first += 10;
      part.sent -= 10;
      break;
    case KEEL_HELPER_EARLIER:
      part.sent += MIN (part.first, 70000);
      part.first -= MIN (part.first, 70000);
      break;
    case KEEL_HELPER_SHORTER:
      part.last -= 1000;
      part.sent -= 1000;
      break;
    case KEEL_HELPER_MUTE:
      head = "";
      break;
    case KEEL_HELPER_MULTIPART:
      part.extra = "Content-Type: multipart/byteranges; boundary=x\r\n";
      break;
    case KEEL_HELPER_CODED:
      part.extra = "Content-Encoding: gzip\r\n";
      break;
    case KEEL_HELPER_CUT:
      part.sent = MIN (part.sent, 300 * KIB);
      break;
    case KEEL_HELPER_HALF:
      part.sent /= 2;
      break;
    case KEEL_HELPER_NOTHING:
      part.sent = 0;
      break;
    case KEEL_HELPER_STALLED:
      part.sent = MIN (part.sent, scene->stalled_after);
      break;
    default:
      return FALSE;
    }
  serve_part (request, scene, head, &part);
  if (scene->helper == KEEL_HELPER_STALLED)
    {
      g_atomic_int_inc (&scene->n_held);
      keel_loopback_wait (request->server);
    }
  return TRUE;
}

static void
serve_odd (KeelRequest *request,
           KeelScene   *scene,
           const char  *head,
           const Part  *part)
{
  static const char *const heads[] = {
    [KEEL_HELPER_NO_RANGE] = "206 Partial Content\r\nContent-Length: 0",
    [KEEL_HELPER_NONSENSE] =
      "206 Partial Content\r\nContent-Range: bytes 5-/x\r\nContent-Length: 0",
    [KEEL_HELPER_FORBIDDEN] = "403 Forbidden\r\nContent-Length: 0",
    [KEEL_HELPER_GONE] = "404 Not Found\r\nContent-Length: 0",
    [KEEL_HELPER_BUSY] = "503 Busy\r\nRetry-After: 5\r\nContent-Length: 0",
    [KEEL_HELPER_TOO_MANY] = "429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: 0",
    [KEEL_HELPER_WEB_PAGE] =
      "200 OK\r\nContent-Type: text/html\r\nContent-Length: 7\r\n\r\nsign in",
    [KEEL_HELPER_UNSATISFIABLE] = "416 Range Not Satisfiable\r\nContent-Length: 0",
    [KEEL_HELPER_NO_CONTENT] = "204 No Content",
    [KEEL_HELPER_PASSWORD] =
      "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0",
    [KEEL_HELPER_LOOP] = "302 Found\r\nLocation: /x\r\nContent-Length: 0",
    [KEEL_HELPER_ASIDE] = "307 Temporary Redirect\r\nLocation: /aside\r\nContent-Length: 0",
    [KEEL_HELPER_STALLED] = NULL,
  };

  if (scene->helper == KEEL_HELPER_SILENT)
    keel_loopback_wait (request->server);
  else if (scene->helper == KEEL_HELPER_WHOLE)
    serve_whole (request, scene, 0);
  else if (scene->helper == KEEL_HELPER_OTHER_VERSION)
    serve_whole (request, scene, 1);
  else if (heads[scene->helper] != NULL)
    keel_request_print (request, "HTTP/1.1 %s\r\n\r\n", heads[scene->helper]);
  else if (scene->helper != KEEL_HELPER_CLOSED)
    serve_odd_part (request, scene, head, *part);
}

/* FALSE: it asks for no range, or for one of another version. */
static gboolean
get_range (KeelRequest *request,
           KeelScene   *scene,
           guint64     *out_first,
           guint64     *out_last,
           gboolean    *out_is_helper)
{
  g_autofree char *range = keel_request_dup_header (request, "Range");
  g_autofree char *condition = keel_request_dup_header (request, "If-Range");
  g_autofree char *head = dup_head (scene, (guint) g_atomic_int_get (&scene->version));
  char *end = NULL;

  *out_is_helper = FALSE;
  if (range == NULL)
    return FALSE;
  *out_first = g_ascii_strtoull (range + strlen ("bytes="), &end, 10);
  *out_is_helper = end[1] != '\0';
  *out_last = *out_is_helper ? g_ascii_strtoull (end + 1, NULL, 10) : scene->length - 1;
  return strstr (scene->head, "Accept-Ranges") != NULL &&
         (condition == NULL || strstr (head, condition) != NULL);
}

/* One of those that are to be served badly, while there are some to come. */
static gboolean
is_bad (KeelScene *scene)
{
  gint before = g_atomic_int_get (&scene->n_bad);

  if (scene->is_fair && g_atomic_int_get (&scene->n_running) == 1)
    return FALSE;

  if (before > 0)
    g_atomic_int_add (&scene->n_bad, -1);
  return before != 0;
}

static void
serve_range (KeelRequest *request,
             KeelScene   *scene,
             guint64      first,
             guint64      last,
             gboolean     is_helper)
{
  g_autofree char *head = dup_head (scene, (guint) g_atomic_int_get (&scene->version));
  Part part = make_part (scene, first, last);
  gboolean is_good = !is_helper || scene->helper == KEEL_HELPER_GOOD ||
                     g_str_equal (request->path, "/aside") || !is_bad (scene);

  if (is_helper)
    {
      g_atomic_int_inc (&scene->n_helpers);
      for (guint i = 0; i < MOST_MS && scene->is_patient &&
                        keel_loopback_get_requests (request->server) < scene->n_wanted &&
                        !keel_loopback_is_released (request->server);
           i++)
        g_usleep (1000);
      g_usleep ((gulong) scene->helper_late_ms * 1000);
    }
  if (is_good)
    serve_part (request, scene, head, &part);
  else
    serve_odd (request, scene, head, &part);
}

/* Answers as it says. */
void
keel_scene_serve (KeelRequest *request,
                  gpointer     data)
{
  KeelScene *scene = data;
  gboolean is_helper;
  guint64 first;
  guint64 last;

  g_atomic_int_inc (&scene->n_running);
  if (get_range (request, scene, &first, &last, &is_helper))
    serve_range (request, scene, first, last, is_helper);
  else
    serve_whole (request, scene, (guint) g_atomic_int_get (&scene->version));
  g_atomic_int_add (&scene->n_running, -1);
}
