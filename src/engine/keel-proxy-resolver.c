/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-proxy-resolver.h"

#include <string.h>

/* A proxy resolver that asks another one and takes the user name and password out of the addresses
 * of HTTP proxies. With them in the address libsoup offers a wrong password again and again (41
 * times, measured); without them it asks, and is answered once. Those of SOCKS proxies stay: GIO
 * answers those proxies itself. */

struct _KeelProxyResolver {
  GObject parent_instance;
  GProxyResolver *base; /* (owned) */
  GMutex mutex;
  KeelCredentials *credentials; /* (owned) (nullable) of the last address that had some */
};

static void resolver_iface_init (GProxyResolverInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KeelProxyResolver,
                               keel_proxy_resolver,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_PROXY_RESOLVER, resolver_iface_init))

static void
remember (KeelProxyResolver *self,
          GUri              *uri)
{
  const char *password = g_uri_get_password (uri);

  g_mutex_lock (&self->mutex);
  g_clear_pointer (&self->credentials, keel_credentials_free);
  self->credentials = keel_credentials_new (KEEL_CHALLENGE_PROXY, g_uri_get_user (uri),
                                            password != NULL ? password : "");
  g_mutex_unlock (&self->mutex);
}

static void
strip (KeelProxyResolver  *self,
       char              **proxy)
{
  g_autoptr (GUri) uri = g_uri_parse (*proxy, G_URI_FLAGS_HAS_PASSWORD, NULL);

  if (uri == NULL || g_uri_get_user (uri) == NULL ||
      (strcmp (g_uri_get_scheme (uri), "http") != 0 &&
       strcmp (g_uri_get_scheme (uri), "https") != 0))
    return;
  remember (self, uri);
  g_free (*proxy);
  *proxy = g_uri_join (G_URI_FLAGS_NONE, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri),
                       g_uri_get_port (uri), "", NULL, NULL);
}

/* Takes @proxies over. */
static char **
strip_all (KeelProxyResolver  *self,
           char              **proxies)
{
  for (guint i = 0; proxies != NULL && proxies[i] != NULL; i++)
    strip (self, &proxies[i]);
  return proxies;
}

static gboolean
is_supported (GProxyResolver *resolver)
{
  return g_proxy_resolver_is_supported (KEEL_PROXY_RESOLVER (resolver)->base);
}

static char **
lookup (GProxyResolver  *resolver,
        const char      *uri,
        GCancellable    *cancellable,
        GError         **error)
{
  KeelProxyResolver *self = KEEL_PROXY_RESOLVER (resolver);

  return strip_all (self, g_proxy_resolver_lookup (self->base, uri, cancellable, error));
}

static void
looked_up_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  char **proxies = g_proxy_resolver_lookup_finish (G_PROXY_RESOLVER (source), result, &error);

  if (proxies == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, strip_all (g_task_get_source_object (task), proxies),
                           (GDestroyNotify) g_strfreev);
}

static void
lookup_async (GProxyResolver      *resolver,
              const char          *uri,
              GCancellable        *cancellable,
              GAsyncReadyCallback  callback,
              gpointer             user_data)
{
  GTask *task = g_task_new (resolver, cancellable, callback, user_data);

  g_task_set_source_tag (task, lookup_async);
  g_proxy_resolver_lookup_async (KEEL_PROXY_RESOLVER (resolver)->base, uri, cancellable,
                                 looked_up_cb, task);
}

static char **
lookup_finish (GProxyResolver  *resolver,
               GAsyncResult    *result,
               GError         **error)
{
  g_return_val_if_fail (g_task_is_valid (result, resolver), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
resolver_iface_init (GProxyResolverInterface *iface)
{
  iface->is_supported = is_supported;
  iface->lookup = lookup;
  iface->lookup_async = lookup_async;
  iface->lookup_finish = lookup_finish;
}

static void
keel_proxy_resolver_finalize (GObject *object)
{
  KeelProxyResolver *self = KEEL_PROXY_RESOLVER (object);

  g_object_unref (self->base);
  g_mutex_clear (&self->mutex);
  g_clear_pointer (&self->credentials, keel_credentials_free);
  G_OBJECT_CLASS (keel_proxy_resolver_parent_class)->finalize (object);
}

static void
keel_proxy_resolver_class_init (KeelProxyResolverClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = keel_proxy_resolver_finalize;
}

static void
keel_proxy_resolver_init (KeelProxyResolver *self)
{
  g_mutex_init (&self->mutex);
}

KeelProxyResolver *
keel_proxy_resolver_new (GProxyResolver *base)
{
  KeelProxyResolver *self = g_object_new (KEEL_TYPE_PROXY_RESOLVER, NULL);

  self->base = g_object_ref (base);
  return self;
}

/* What was in the address of an HTTP proxy. (transfer full) (nullable) */
KeelCredentials *
keel_proxy_resolver_dup_credentials (KeelProxyResolver *self)
{
  KeelCredentials *credentials;

  g_mutex_lock (&self->mutex);
  credentials = self->credentials != NULL ? keel_credentials_copy (self->credentials) : NULL;
  g_mutex_unlock (&self->mutex);
  return credentials;
}
