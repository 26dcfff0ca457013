/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-engine.h"

#include "keel-loopback.h"

/* A workbench: folders of its own, a clock that a test moves, an engine that can be stopped and
 * started anew as the service does, or dropped as a crash does. */
typedef struct {
  char *state_dir;
  char *dir; /* where files go */
  KeelClock *clock;
  KeelEngine *engine;
  gint64 session_id;
} KeelBench;

void                      keel_bench_set_up      (KeelBench         *bench,
                                                  gconstpointer      data);
void                      keel_bench_tear_down   (KeelBench         *bench,
                                                  gconstpointer      data);
void                      keel_bench_start       (KeelBench         *bench);
void                      keel_bench_stop        (KeelBench         *bench);
void                      keel_bench_crash       (KeelBench         *bench);

gint64                    keel_bench_open_session (KeelBench        *bench,
                                                   const char       *identifier,
                                                   const char       *config);
KeelTransferRecord       *keel_bench_make_record (KeelBench         *bench,
                                                  const char        *uri);
KeelTransfer             *keel_bench_add_record  (KeelBench         *bench,
                                                  KeelTransferRecord *record);
KeelTransfer             *keel_bench_add         (KeelBench         *bench,
                                                  KeelLoopback      *server,
                                                  const char        *path);
const KeelTransferRecord *keel_bench_get         (KeelBench         *bench,
                                                  gint64             id);

typedef gboolean (*KeelCondition) (gpointer data);
void                      keel_bench_iterate     (KeelCondition      condition,
                                                  gpointer           data);
void                      keel_bench_wait_state  (KeelTransfer      *transfer,
                                                  KeelTransferState  state);
void                      keel_bench_wait_reason (KeelTransfer      *transfer,
                                                  KeelWaitReason     reason);
void                      keel_bench_wait_received (KeelTransfer    *transfer,
                                                    guint64          bytes);
void                      keel_bench_wait_requests (KeelLoopback    *server,
                                                    guint            count);
void                      keel_bench_wait_given_up (KeelBench       *bench,
                                                    KeelTransfer    *transfer);
void                      keel_bench_wait_rest   (KeelTransfer      *transfer);

void                      keel_bench_assert_file (KeelBench         *bench,
                                                  const char        *name,
                                                  const guint8      *bytes,
                                                  gsize              length);
void                      keel_bench_assert_folder (KeelBench       *bench,
                                                    const char      *names);
