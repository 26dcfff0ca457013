/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-proxy.h"

#include "keel-gio-defaults.h"
#include "keel-proxy-resolver.h"

/* By which way servers are reached: a setting, and the GProxyResolver that it means. The system's
 * resolver is a module that reads the desktop's settings and its automatic configuration; it is
 * loaded by the first connection, not by a service that has nothing to do.
 *
 * There is one for the process, which hears of changed settings in the context of the thread that
 * made it. That of a worker goes with the worker, and from then on nothing would be heard. So it is
 * made in a thread without a context of its own, which means that of the process. */

KeelProxy *
keel_proxy_new (KeelProxyMode      mode,
                const char        *uri,
                const char *const *ignore)
{
  KeelProxy *self = g_new0 (KeelProxy, 1);

  self->mode = mode;
  self->uri = g_strdup (uri);
  self->ignore = g_strdupv ((char **) ignore);
  return self;
}

KeelProxy *
keel_proxy_copy (const KeelProxy *self)
{
  return keel_proxy_new (self->mode, self->uri, (const char *const *) self->ignore);
}

void
keel_proxy_free (KeelProxy *self)
{
  g_free (self->uri);
  g_strfreev (self->ignore);
  g_free (self);
}

/* Whether a manual proxy can be used by that address. */
gboolean
keel_proxy_check_uri (const char *uri)
{
  static const char *const schemes[] = { "http", "socks", "socks4", "socks4a", "socks5", NULL };
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_HAS_PASSWORD, NULL);

  return parsed != NULL && g_strv_contains (schemes, g_uri_get_scheme (parsed)) &&
         g_uri_get_host (parsed) != NULL && *g_uri_get_host (parsed) != '\0';
}

static gboolean
is_same_list (char **a,
              char **b)
{
  static char *const none[] = { NULL };

  return g_strv_equal ((const char *const *) (a != NULL ? a : (char **) none),
                       (const char *const *) (b != NULL ? b : (char **) none));
}

gboolean
keel_proxy_equal (const KeelProxy *a,
                  const KeelProxy *b)
{
  return a->mode == b->mode && g_strcmp0 (a->uri, b->uri) == 0 &&
         is_same_list (a->ignore, b->ignore);
}

static gpointer
make_system_resolver (gpointer data)
{
  GProxyResolver *resolver;

  keel_gio_defaults_lock ();
  resolver = g_proxy_resolver_get_default ();
  keel_gio_defaults_unlock ();
  return resolver;
}

/* (transfer none) */
static GProxyResolver *
get_system_resolver (void)
{
  static GProxyResolver *resolver = NULL;

  if (g_once_init_enter (&resolver))
    {
      GThread *thread = g_thread_new ("keel-proxy", make_system_resolver, NULL);

      g_once_init_leave (&resolver, g_thread_join (thread));
    }
  return resolver;
}

/* NULL: no proxy. An address that makes no sense is kept, so that nothing goes out by a way that
 * was not meant: every connection then fails and says so. (transfer full) (nullable) */
GProxyResolver *
keel_proxy_dup_resolver (const KeelProxy *self)
{
  g_autoptr (GProxyResolver) base = NULL;

  if (self->mode == KEEL_PROXY_NONE)
    return NULL;
  if (self->mode == KEEL_PROXY_SYSTEM)
    base = g_object_ref (get_system_resolver ());
  else
    base = g_simple_proxy_resolver_new (self->uri != NULL ? self->uri : "", self->ignore);
  return G_PROXY_RESOLVER (keel_proxy_resolver_new (base));
}
