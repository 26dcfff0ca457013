/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "keel-exit.h"

G_BEGIN_DECLS

/* A verb, as main() and its help know it. */
typedef struct
{
  const char *name;
  const char *parameters; /* for the usage line */
  const char *summary;    /* to be translated */
  KeelExit (*run) (char **argv);
} KeelVerbInfo;

gboolean keel_options_parse (const KeelVerbInfo *verb,
                             GOptionEntry       *entries,
                             char              **argv,
                             KeelExit           *out_exit);
KeelExit keel_options_refuse (const KeelVerbInfo *verb,
                              const char         *message);

extern const KeelVerbInfo keel_verb_add;
extern const KeelVerbInfo keel_verb_cancel;
extern const KeelVerbInfo keel_verb_limit;
extern const KeelVerbInfo keel_verb_list;
extern const KeelVerbInfo keel_verb_pause;
extern const KeelVerbInfo keel_verb_quit;
extern const KeelVerbInfo keel_verb_remove;
extern const KeelVerbInfo keel_verb_resume;
extern const KeelVerbInfo keel_verb_retry;
extern const KeelVerbInfo keel_verb_set;
extern const KeelVerbInfo keel_verb_show;
extern const KeelVerbInfo keel_verb_status;
extern const KeelVerbInfo keel_verb_watch;

G_END_DECLS
