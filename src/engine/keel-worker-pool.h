/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "keel-clock.h"
#include "keel-proxy.h"

G_BEGIN_DECLS

typedef struct _KeelWorkerPool KeelWorkerPool;
typedef struct _KeelWorker KeelWorker;

/* Work for a worker thread: embed it as the first member of the operation's own struct. */
typedef struct _KeelWorkerJob KeelWorkerJob;
struct _KeelWorkerJob {
  const char *host; /* a worker that has spoken to it is preferred; NULL: none */
  void (*run) (KeelWorkerJob *job, KeelWorker *worker); /* in the worker's thread; may block */
  void (*done) (KeelWorkerJob *job);                    /* in the owner's context, exactly once */
};

KeelWorkerPool *keel_worker_pool_new   (GMainContext   *context,
                                        KeelClock      *clock,
                                        guint           most);
gboolean        keel_worker_pool_close (KeelWorkerPool *self,
                                        gint64          timeout_usec);
gboolean        keel_worker_pool_set_proxy (KeelWorkerPool  *self,
                                            const KeelProxy *proxy);
void            keel_worker_pool_drop_connections (KeelWorkerPool *self);
void            keel_worker_pool_drop_idle (KeelWorkerPool *self);
void            keel_worker_pool_push  (KeelWorkerPool *self,
                                        KeelWorkerJob  *job);

SoupSession    *keel_worker_get_session (KeelWorker    *self);
void            keel_worker_keep        (KeelWorker    *self,
                                         const char    *origin);
gboolean        keel_worker_has_kept    (KeelWorker    *self,
                                         const char    *origin);
gpointer        keel_worker_get_buffer  (KeelWorker    *self,
                                         gsize          bytes);

G_END_DECLS
