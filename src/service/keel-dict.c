/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-dict.h"

#include "keel-bus-error.h"
#include "keel-task-error.h"

/* The dictionaries that calls take. A key that is not known is passed over, because a later version
 * may know it; one whose value is of another type than it should have is a mistake, and the caller
 * would wait in vain for what he asked for. */

static gboolean
check_entry (const char         *key,
             GVariant           *value,
             const KeelDictKey  *keys,
             gsize               n_keys,
             GError            **error)
{
  for (gsize i = 0; i < n_keys; i++)
    {
      if (!g_str_equal (key, keys[i].key) ||
          g_str_equal (g_variant_get_type_string (value), keys[i].type))
        continue;
      g_set_error (error, KEEL_ERROR, KEEL_ERROR_INVALID_ARGUMENT,
                   "“%s” must be of the type %s, not %s", key, keys[i].type,
                   g_variant_get_type_string (value));
      return FALSE;
    }
  return TRUE;
}

/* Whether what is in @dict, an a{sv}, has the types of @keys: else KEEL_ERROR_INVALID_ARGUMENT. */
gboolean
keel_dict_check (GVariant           *dict,
                 const KeelDictKey  *keys,
                 gsize               n_keys,
                 GError            **error)
{
  for (gsize n = 0; n < g_variant_n_children (dict); n++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (dict, n);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) boxed = g_variant_get_child_value (entry, 1);
      g_autoptr (GVariant) value = g_variant_get_variant (boxed);

      if (!check_entry (g_variant_get_string (key, NULL), value, keys, n_keys, error))
        return FALSE;
    }
  return TRUE;
}

/* Likewise; TRUE if it is refused, and @invocation with it, which is then done with. */
gboolean
keel_dict_refuses (GDBusMethodInvocation *invocation,
                   GVariant              *dict,
                   const KeelDictKey     *keys,
                   gsize                  n_keys)
{
  g_autoptr (GError) error = NULL;

  if (keel_dict_check (dict, keys, n_keys, &error))
    return FALSE;
  keel_bus_error_return (invocation, error);
  return TRUE;
}
