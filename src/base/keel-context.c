/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-context.h"

/* How threads speak to each other: a function and its data, run once in the thread that iterates
 * the context, in the order of posting. g_main_context_invoke() will not do: it runs the function
 * on the spot when the context happens to be free, that is, sometimes in the wrong thread. */

typedef struct {
  KeelPostFunc func;
  gpointer data;
} Post;

static gboolean
post_dispatch_cb (gpointer user_data)
{
  Post *post = user_data;

  post->func (post->data);
  return G_SOURCE_REMOVE;
}

/* Runs @func with @data in the thread of @context. May be called from any thread. @data must be
 * freed by @func; it is leaked when the context is never iterated again, as at process exit. */
void
keel_context_post (GMainContext *context,
                   KeelPostFunc  func,
                   gpointer      data)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Post *post = g_new (Post, 1);

  post->func = func;
  post->data = data;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, post_dispatch_cb, post, g_free);
  g_source_set_static_name (source, "keel_context_post");
  g_source_attach (source, context);
}
