/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-context.h"

/* How threads speak to each other: a function and its data, run once in the thread that iterates
 * the context, in the order of posting. g_main_context_invoke() will not do: it runs the function
 * on the spot when the context happens to be free, that is, sometimes in the wrong thread.
 *
 * Each context has one source, with a queue, that lasts as long as the context. A source for each
 * post would be simpler; but making and attaching one, and waking a thread up that is awake, cost
 * more than most of what is posted. Only a post to an empty queue wakes its thread up.
 *
 * A posted function may iterate the context, and what is posted meanwhile is then run in there. */

typedef struct {
  KeelPostFunc func;
  gpointer data;
} Post;

typedef struct {
  GSource source;
  GMainContext *context; /* not owned: it owns the source */
  GQueue posts;          /* (element-type Post) under the lock */
} Mailbox;

static GMutex lock;
static GHashTable *mailboxes; /* (owned) GMainContext -> Mailbox (not owned), under the lock */

static Post *
take (Mailbox *self)
{
  Post *post;

  g_mutex_lock (&lock);
  post = g_queue_pop_head (&self->posts);
  if (g_queue_is_empty (&self->posts))
    g_source_set_ready_time (&self->source, -1);
  g_mutex_unlock (&lock);
  return post;
}

static gboolean
mailbox_dispatch (GSource     *source,
                  GSourceFunc  callback,
                  gpointer     user_data)
{
  Mailbox *self = (Mailbox *) source;
  guint count;

  g_mutex_lock (&lock);
  count = g_queue_get_length (&self->posts);
  g_mutex_unlock (&lock);
  /* Those that come meanwhile wait until other sources have had their turn. */
  for (; count > 0; count--)
    {
      Post *post = take (self);

      if (post == NULL)
        break;
      post->func (post->data);
      g_free (post);
    }
  return G_SOURCE_CONTINUE;
}

/* The context is gone, and nobody posts to it any more. */
static void
mailbox_finalize (GSource *source)
{
  Mailbox *self = (Mailbox *) source;

  g_mutex_lock (&lock);
  g_hash_table_remove (mailboxes, self->context);
  g_mutex_unlock (&lock);
  g_queue_clear_full (&self->posts, g_free);
}

static GSourceFuncs mailbox_funcs = { NULL, NULL, mailbox_dispatch, mailbox_finalize, NULL, NULL };

/* With the lock held. */
static Mailbox *
find_mailbox (GMainContext *context)
{
  Mailbox *self;

  if (mailboxes == NULL)
    mailboxes = g_hash_table_new (NULL, NULL);
  self = g_hash_table_lookup (mailboxes, context);
  if (self != NULL)
    return self;
  self = (Mailbox *) g_source_new (&mailbox_funcs, sizeof (Mailbox));
  self->context = context;
  g_queue_init (&self->posts);
  g_source_set_can_recurse (&self->source, TRUE);
  g_source_set_static_name (&self->source, "KeelMailbox");
  g_source_attach (&self->source, context);
  g_source_unref (&self->source);
  g_hash_table_insert (mailboxes, context, self);
  return self;
}

/* Runs @func with @data in the thread of @context. May be called from any thread. @data must be
 * freed by @func; it is leaked when the context is never iterated again, as at process exit. */
void
keel_context_post (GMainContext *context,
                   KeelPostFunc  func,
                   gpointer      data)
{
  Post *post = g_new (Post, 1);
  Mailbox *mailbox;

  post->func = func;
  post->data = data;
  if (context == NULL)
    context = g_main_context_default ();
  g_mutex_lock (&lock);
  mailbox = find_mailbox (context);
  g_queue_push_tail (&mailbox->posts, post);
  if (g_queue_get_length (&mailbox->posts) == 1)
    g_source_set_ready_time (&mailbox->source, 0);
  g_mutex_unlock (&lock);
}
