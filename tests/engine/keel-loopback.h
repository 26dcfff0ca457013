/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* A web server of a few lines that says exactly what a test tells it to. Each request is answered
 * in a thread of its own by the test's function, which writes to the socket what it likes. */
typedef struct _KeelLoopback KeelLoopback;

typedef struct {
  KeelLoopback *server;
  char *text; /* the whole request head */
  char *path;
  guint number; /* of the request, from 0 */
  GOutputStream *out;
} KeelRequest;

typedef void (*KeelAnswer) (KeelRequest *request,
                            gpointer     user_data);

KeelLoopback *keel_loopback_new          (KeelAnswer     answer,
                                          gpointer       user_data);
void          keel_loopback_free         (KeelLoopback  *self);
guint16       keel_loopback_get_port     (KeelLoopback  *self);
char         *keel_loopback_dup_uri      (KeelLoopback  *self,
                                          const char    *path);
guint         keel_loopback_get_requests (KeelLoopback  *self);
char         *keel_loopback_dup_request  (KeelLoopback  *self,
                                          guint          number);
void          keel_loopback_release      (KeelLoopback  *self);
void          keel_loopback_wait         (KeelLoopback  *self);
gboolean      keel_loopback_is_released  (KeelLoopback  *self);

char         *keel_request_dup_header    (KeelRequest   *request,
                                          const char    *name);
guint64       keel_request_get_offset    (KeelRequest   *request);
void          keel_request_write         (KeelRequest   *request,
                                          const void    *bytes,
                                          gsize          length);
G_GNUC_PRINTF (2, 3)
void          keel_request_print         (KeelRequest   *request,
                                          const char    *format,
                                          ...);
void          keel_request_serve         (KeelRequest   *request,
                                          const guint8  *bytes,
                                          gsize          length,
                                          const char    *etag);
void          keel_request_serve_half    (KeelRequest   *request,
                                          const guint8  *bytes,
                                          gsize          length,
                                          const char    *etag);

guint8       *keel_loopback_make_bytes   (gsize          length,
                                          guint32        seed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KeelLoopback, keel_loopback_free)
