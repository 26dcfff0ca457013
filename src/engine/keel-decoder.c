/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keel-decoder.h"

#include "keel-task-error.h"

#include <string.h>

/* Undoes a Content-Encoding that we asked the server not to use. It is done at the end, over the
 * whole file, because only then the trailer says whether every byte is there and right (RFC 1952
 * §2.3.1: CRC and length). Several members behind each other are one file (§2.2). Blocks; in a
 * worker's thread. */

#define IN_BYTES (256 * 1024)
#define OUT_BYTES (1024 * 1024)

typedef struct {
  GConverter *converter; /* (owned) */
  guint8 *in;            /* (owned) what has been read, from in_start to in_end */
  gsize in_start;
  gsize in_end;
  guint8 *out; /* (owned) */
  guint64 read;
  guint64 written;
  gboolean is_between; /* two members, or the last one and the end */
} Decoder;

static void
decoder_clear (Decoder *self)
{
  g_clear_object (&self->converter);
  g_free (self->in);
  g_free (self->out);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Decoder, decoder_clear)

static gboolean
broken (GError **error)
{
  g_set_error_literal (error, KEEL_TASK_ERROR, KEEL_TASK_ERROR_TRUNCATED,
                       "The compressed file that the server sent is cut or damaged");
  return FALSE;
}

static gboolean
fill (Decoder       *self,
      KeelPartFile  *from,
      guint64        length,
      GError       **error)
{
  gsize rest = self->in_end - self->in_start;
  gssize count;

  memmove (self->in, self->in + self->in_start, rest);
  self->in_start = 0;
  self->in_end = rest;
  count = keel_part_file_read (from, self->in + rest,
                               (gsize) MIN (IN_BYTES - rest, length - self->read), self->read,
                               error);
  if (count < 0)
    return FALSE;
  /* The file has become shorter than it was. */
  if (count == 0 && rest < IN_BYTES && self->read < length)
    return broken (error);
  self->in_end += (gsize) count;
  self->read += (guint64) count;
  return TRUE;
}

/* One turn. FALSE: @error tells. */
static gboolean
convert (Decoder       *self,
         KeelPartFile  *to,
         gboolean       at_end,
         GError       **error)
{
  g_autoptr (GError) foreign = NULL;
  gsize taken = 0;
  gsize made = 0;
  GConverterResult result = g_converter_convert (
    self->converter, self->in + self->in_start, self->in_end - self->in_start, self->out, OUT_BYTES,
    at_end ? G_CONVERTER_INPUT_AT_END : G_CONVERTER_NO_FLAGS, &taken, &made, &foreign);

  /* Less than one turn needs; more comes, unless that was all. */
  if (result == G_CONVERTER_ERROR)
    return g_error_matches (foreign, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT) && !at_end ?
             TRUE :
             broken (error);
  self->in_start += taken;
  self->is_between = result == G_CONVERTER_FINISHED;
  if (self->is_between)
    g_converter_reset (self->converter);
  if (!keel_part_file_write (to, self->out, made, self->written, error))
    return FALSE;
  self->written += made;
  return TRUE;
}

/* Writes what the first @length bytes of @from, gzip, decode to into @to, which is empty.
 * KEEL_TASK_ERROR_TRUNCATED when they are not whole; cancelling leaves @to half done. */
gboolean
keel_decoder_gunzip (KeelPartFile  *from,
                     guint64        length,
                     KeelPartFile  *to,
                     GCancellable  *cancellable,
                     guint64       *out_length,
                     GError       **error)
{
  g_auto (Decoder) self = {
    .converter = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP)),
    .in = g_malloc (IN_BYTES),
    .out = g_malloc (OUT_BYTES),
  };

  for (;;)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !fill (&self, from, length, error))
        return FALSE;
      if (self.in_start == self.in_end && self.read == length && self.is_between)
        break;
      if (!convert (&self, to, self.read == length, error))
        return FALSE;
    }
  *out_length = self.written;
  return TRUE;
}
