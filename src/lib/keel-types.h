/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Everything is hidden in the library but what carries this mark. */
#ifndef KEEL_EXTERN
#ifdef KEEL_COMPILATION
#define KEEL_EXTERN __attribute__ ((visibility ("default"))) extern
#else
#define KEEL_EXTERN extern
#endif
#endif

typedef struct _KeelBackground KeelBackground;
typedef struct _KeelDownload KeelDownload;
typedef struct _KeelEvent KeelEvent;
typedef struct _KeelManager KeelManager;
typedef struct _KeelProbe KeelProbe;
typedef struct _KeelSession KeelSession;
typedef struct _KeelTask KeelTask;
typedef struct _KeelTaskGroup KeelTaskGroup;

G_END_DECLS
