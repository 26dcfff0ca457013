/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-clock.h"
#include "keel-worker-pool.h"

G_BEGIN_DECLS

typedef struct _KeelInquiries KeelInquiries;

/* What is asked about. Copied by keel_inquiries_ask(). */
typedef struct {
  const char *app;     /* who asks: that one may ask only so much at once */
  const char *uri;     /* checked, and without a name and a password */
  const char *headers; /* (nullable) "Name: value\n" each, for the link's own server only */
  const char *wanted;  /* (nullable) a name for the file */
} KeelInquiryRequest;

/* What a download of it would be. Strings are borrowed. */
typedef struct {
  const GError *error;       /* (nullable) KEEL_TASK_ERROR: there is nothing to be had; or
                              * KEEL_ERROR: nobody was asked */
  guint http_status;         /* of the last answer; 0: none */
  const char *effective_uri; /* these three are NULL with an error */
  const char *name;
  const char *content_type;  /* (nullable) */
  gboolean has_total;
  guint64 total;
  gboolean is_resumable;     /* the server gave the part that was asked for */
} KeelInquiryResult;

typedef void (*KeelInquiryFunc) (const KeelInquiryResult *result,
                                 gpointer                 user_data);

KeelInquiries *keel_inquiries_new     (KeelWorkerPool            *pool,
                                       KeelClock                 *clock,
                                       void                     (*idle) (gpointer idle_data),
                                       gpointer                   idle_data);
void           keel_inquiries_free    (KeelInquiries             *self);
gboolean       keel_inquiries_ask     (KeelInquiries             *self,
                                       const KeelInquiryRequest  *request,
                                       KeelInquiryFunc            func,
                                       gpointer                   user_data,
                                       GError                   **error);
void           keel_inquiries_stop    (KeelInquiries             *self);
gboolean       keel_inquiries_is_idle (KeelInquiries             *self);

G_END_DECLS
