/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <locale.h>

#include "keel-checksum-text.h"
#include "keel-error-words.h"
#include "keel-file-type.h"
#include "keel-format.h"
#include "keel-links.h"
#include "keel-status.h"
#include "keel-task-action.h"
#include "keel-config.h"

/* What is said about a download, in English or in Chinese (argument "zh_CN"), and what can be done
 * with it: everything in the application that is worked out without a window. */

#define MB ((guint64) 1000 * 1000)
#define GB (1000 * MB)

static gboolean is_chinese;

/* The words that are right in the language of this run. */
static const char *
say (const char *english,
     const char *chinese)
{
  return is_chinese ? chinese : english;
}

/* GLib puts a no-break space between a number and its unit; that is not what is tested here. */
static void
assert_words (char       *taken,
              const char *expected)
{
  g_autofree char *words = taken;
  g_auto (GStrv) parts = g_strsplit (words, "\302\240", -1);
  g_autofree char *plain = g_strjoinv (" ", parts);

  g_assert_cmpstr (plain, ==, expected);
}

static void
test_sizes (void)
{
  assert_words (keel_format_progress (1234 * MB, 2345 * MB),
                say ("1.2 of 2.3 GB", "1.2 GB / 2.3 GB"));
  assert_words (keel_format_progress (900 * MB, 5100 * MB),
                say ("0.9 of 5.1 GB", "0.9 GB / 5.1 GB"));
  assert_words (keel_format_progress (99 * MB, 5100 * MB),
                say ("99.0 MB of 5.1 GB", "99.0 MB / 5.1 GB"));
  assert_words (keel_format_progress (0, 52 * MB), "52.0 MB");
  assert_words (keel_format_progress (52 * MB, 52 * MB), "52.0 MB");
  assert_words (keel_format_kept (1900 * MB, 3100 * MB),
                say ("1.9 of 3.1 GB kept", "已保留 1.9 GB，共 3.1 GB"));
  assert_words (keel_format_rate (14300000), say ("14.3 MB/s", "14.3 MB/秒"));
}

/* Nothing that has not arrived is claimed. */
static void
test_sizes_are_cut (void)
{
  assert_words (keel_format_progress (2399 * MB, 2400 * MB),
                say ("2.3 of 2.4 GB", "2.3 GB / 2.4 GB"));
  assert_words (keel_format_percent (0.9999), "99%");
  assert_words (keel_format_percent (1.0), "100%");
  assert_words (keel_format_percent (1.5), "100%");
  assert_words (keel_format_percent (-1), "0%");
}

static void
test_largest_sizes (void)
{
  g_autofree char *largest = keel_format_progress (G_MAXUINT64 - 1, G_MAXUINT64);
  g_autofree char *smallest = keel_format_progress (1, G_MAXUINT64);
  g_autofree char *bytes = keel_format_progress (1, 999);

  g_assert_cmpuint (strlen (largest), <, 40);
  g_assert_nonnull (strstr (smallest, "1"));
  g_assert_nonnull (strstr (bytes, "999"));
}

static void
test_time_left (void)
{
  assert_words (keel_format_time_left (1), say ("about 1 second", "剩余约 1 秒"));
  assert_words (keel_format_time_left (55), say ("about 55 seconds", "剩余约 55 秒"));
  assert_words (keel_format_time_left (60), say ("about 1 minute", "剩余约 1 分钟"));
  assert_words (keel_format_time_left (240), say ("about 4 minutes", "剩余约 4 分钟"));
  assert_words (keel_format_time_left (7200), say ("about 2 hours", "剩余约 2 小时"));
  assert_words (keel_format_time_left (86400 * 3), say ("about 3 days", "剩余约 3 天"));
}

static void
test_days (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_local (2026, 3, 1, 0, 30, 0);
  g_autoptr (GDateTime) today = g_date_time_new_local (2026, 3, 1, 0, 1, 0);
  g_autoptr (GDateTime) yesterday = g_date_time_new_local (2026, 2, 28, 23, 59, 0);
  g_autoptr (GDateTime) this_year = g_date_time_new_local (2026, 1, 24, 14, 2, 0);
  g_autoptr (GDateTime) last_year = g_date_time_new_local (2025, 10, 24, 14, 2, 0);

  assert_words (keel_format_day (today, now), say ("Today", "今天"));
  assert_words (keel_format_day (yesterday, now), say ("Yesterday", "昨天"));
  assert_words (keel_format_day (this_year, now), say ("24 January", "1月24日"));
  assert_words (keel_format_day (last_year, now), say ("24 October 2025", "2025年10月24日"));
  assert_words (keel_format_moment (today, now), "00:01");
  assert_words (keel_format_moment (yesterday, now), say ("Yesterday, 23:59", "昨天 23:59"));
}

static void
test_pace_is_silent_first (void)
{
  KeelPace pace = { 0 };
  gint64 start = 1000 * G_USEC_PER_SEC;

  for (int second = 0; second < 3; second++)
    {
      keel_pace_update (&pace, start + second * G_USEC_PER_SEC, TRUE, 1 + (guint64) second, 100);
      g_assert_cmpint (keel_pace_get_time_left (&pace), ==, KEEL_PACE_UNKNOWN);
    }
  keel_pace_update (&pace, start + 3 * G_USEC_PER_SEC, TRUE, 10, 100);
  g_assert_cmpint (keel_pace_get_time_left (&pace), ==, 120);

  keel_pace_update (&pace, start + 4 * G_USEC_PER_SEC, FALSE, 10, -1);
  keel_pace_update (&pace, start + 5 * G_USEC_PER_SEC, TRUE, 10, 100);
  g_assert_cmpint (keel_pace_get_time_left (&pace), ==, KEEL_PACE_UNKNOWN);
}

/* An estimate that trembles around the border of two values changes nothing. */
static void
test_pace_does_not_flicker (void)
{
  KeelPace pace = { 0 };
  gint64 now = 1000 * G_USEC_PER_SEC;
  int changes = 0;
  int former;

  keel_pace_update (&pace, now, TRUE, 1, 150);
  now += 4 * G_USEC_PER_SEC;
  keel_pace_update (&pace, now, TRUE, 2, 150);
  former = keel_pace_get_time_left (&pace);
  for (guint i = 0; i < 100; i++)
    {
      keel_pace_update (&pace, now + i, TRUE, 3 + i, i % 2 == 0 ? 145 : 155);
      changes += keel_pace_get_time_left (&pace) != former;
      former = keel_pace_get_time_left (&pace);
    }
  g_assert_cmpint (changes, ==, 0);

  keel_pace_update (&pace, now + 100, TRUE, 200, 80);
  g_assert_cmpint (keel_pace_get_time_left (&pace), ==, 60);
  keel_pace_update (&pace, now + 101, TRUE, 201, -1);
  g_assert_cmpint (keel_pace_get_time_left (&pace), ==, KEEL_PACE_UNKNOWN);
  keel_pace_update (&pace, now + 102, TRUE, 202, G_MAXINT64);
  g_assert_cmpint (keel_pace_get_time_left (&pace), >, 0);
}

static void
test_pace_stalls (void)
{
  KeelPace pace = { 0 };
  gint64 start = 1000 * G_USEC_PER_SEC;

  keel_pace_update (&pace, start, TRUE, 10, 100);
  keel_pace_update (&pace, start + 9 * G_USEC_PER_SEC, TRUE, 10, 100);
  g_assert_false (keel_pace_is_stalled (&pace, start + 9 * G_USEC_PER_SEC));
  g_assert_true (keel_pace_is_stalled (&pace, start + 10 * G_USEC_PER_SEC));
  keel_pace_update (&pace, start + 11 * G_USEC_PER_SEC, TRUE, 11, 100);
  g_assert_false (keel_pace_is_stalled (&pace, start + 12 * G_USEC_PER_SEC));
}

static KeelFacts
facts_in (KeelTaskState state)
{
  return (KeelFacts) {
    .state = state,
    .received_bytes = 1200 * MB,
    .total_bytes = (gint64) (2300 * MB),
    .fraction = 0.52,
    .rate_bps = 14300000,
    .left_seconds = 120,
    .name = "disk.iso",
    .file_name = "disk.iso",
    .uri = "https://example.org/disk.iso",
    .app = "host",
  };
}

static void
assert_line (const KeelFacts *facts,
             KeelStatusWidth  width,
             const char      *expected_error,
             const char      *expected_line)
{
  g_autoptr (GDateTime) now = g_date_time_new_local (2026, 3, 1, 12, 0, 0);
  g_autofree char *error_words = NULL;

  assert_words (keel_status_line (facts, now, width, &error_words), expected_line);
  g_assert_cmpstr (error_words, ==, expected_error);
}

static void
test_running_lines (void)
{
  KeelFacts facts = facts_in (KEEL_TASK_STATE_RUNNING);

  assert_line (&facts, KEEL_STATUS_WIDE, NULL,
               say ("1.2 of 2.3 GB · 14.3 MB/s · about 2 minutes",
                    "1.2 GB / 2.3 GB · 14.3 MB/秒 · 剩余约 2 分钟"));
  assert_line (&facts, KEEL_STATUS_NARROW, NULL,
               say ("1.2 of 2.3 GB · about 2 minutes", "1.2 GB / 2.3 GB · 剩余约 2 分钟"));

  facts.is_stalled = TRUE;
  assert_line (&facts, KEEL_STATUS_WIDE, NULL,
               say ("The server is slow to answer · 1.2 of 2.3 GB",
                    "服务器响应缓慢 · 1.2 GB / 2.3 GB"));

  facts = facts_in (KEEL_TASK_STATE_RUNNING);
  facts.total_bytes = -1;
  assert_line (&facts, KEEL_STATUS_WIDE, NULL, say ("1.2 GB · 14.3 MB/s", "1.2 GB · 14.3 MB/秒"));
  g_assert_false (keel_facts_has_bar (&facts));

  facts.received_bytes = 0;
  assert_line (&facts, KEEL_STATUS_WIDE, NULL, say ("Connecting…", "正在连接…"));

  facts = facts_in (KEEL_TASK_STATE_VERIFYING);
  assert_line (&facts, KEEL_STATUS_WIDE, NULL, say ("Verifying… · 2.3 GB", "正在校验… · 2.3 GB"));
}

static void
test_waiting_lines (void)
{
  static const struct {
    KeelWaitReason reason;
    const char *english;
    const char *chinese;
  } CASES[] = {
    { KEEL_WAIT_REASON_SLOT, "Waiting for its turn", "正在排队" },
    { KEEL_WAIT_REASON_OFFLINE, "Waiting for a network connection", "正在等待网络连接" },
    { KEEL_WAIT_REASON_CAPTIVE_PORTAL, "Waiting for network sign-in", "正在等待登录网络" },
    { KEEL_WAIT_REASON_METERED, "Waiting for unmetered network", "正在等待不按流量计费的网络" },
    { KEEL_WAIT_REASON_POWER, "Waiting for external power", "正在等待接通电源" },
    { KEEL_WAIT_REASON_SCHEDULE, "Waiting until 14:02", "等待至 14:02" },
    { KEEL_WAIT_REASON_LOW_DISK, "Waiting for 1.1 GB of free space", "正在等待 1.1 GB 可用空间" },
    { KEEL_WAIT_REASON_RETRY, "Trying again at 14:02", "将于 14:02 重试" },
    { KEEL_WAIT_REASON_AUTH, "Sign-in needed", "需要登录" },
    { KEEL_WAIT_REASON_DESTINATION, "The folder is not reachable", "无法访问文件夹" },
    { KEEL_WAIT_REASON_SUSPENDED, "Held by host", "已由“host”挂起" },
  };
  g_autoptr (GDateTime) until = g_date_time_new_local (2026, 3, 1, 14, 2, 0);
  g_autoptr (GDateTime) soon = g_date_time_new_local (2026, 3, 1, 12, 0, 25);
  KeelFacts facts = facts_in (KEEL_TASK_STATE_WAITING);

  facts.wait_until = until;
  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      facts.wait_reason = CASES[i].reason;
      assert_line (&facts, KEEL_STATUS_NARROW, NULL, say (CASES[i].english, CASES[i].chinese));
    }

  facts.wait_reason = KEEL_WAIT_REASON_RETRY;
  facts.wait_until = soon;
  assert_line (&facts, KEEL_STATUS_WIDE, NULL,
               say ("Trying again in 25 seconds · 1.2 of 2.3 GB", "25 秒后重试 · 1.2 GB / 2.3 GB"));

  facts = facts_in (KEEL_TASK_STATE_PAUSED);
  assert_line (&facts, KEEL_STATUS_NARROW, NULL,
               say ("Paused · 1.2 of 2.3 GB", "已暂停 · 1.2 GB / 2.3 GB"));
}

static void
test_ended_lines (void)
{
  g_autoptr (GDateTime) finished = g_date_time_new_local (2026, 3, 1, 14, 2, 0);
  KeelFacts facts = facts_in (KEEL_TASK_STATE_FINISHED);

  facts.finished = finished;
  assert_line (&facts, KEEL_STATUS_WIDE, NULL, "14:02 · 1.2 GB · example.org");
  facts.is_gone = TRUE;
  assert_line (&facts, KEEL_STATUS_WIDE, NULL,
               say ("14:02 · Moved or deleted", "14:02 · 文件已移动或删除"));

  facts = facts_in (KEEL_TASK_STATE_CANCELLED);
  assert_line (&facts, KEEL_STATUS_WIDE, NULL,
               say ("Canceled · example.org", "已取消 · example.org"));

  facts = facts_in (KEEL_TASK_STATE_FAILED);
  facts.has_error = TRUE;
  facts.error_code = KEEL_TASK_ERROR_NEEDS_NEW_URL;
  assert_line (&facts, KEEL_STATUS_WIDE, say ("The link has expired", "链接已过期"),
               say ("1.2 of 2.3 GB kept", "已保留 1.2 GB，共 2.3 GB"));
  assert_line (&facts, KEEL_STATUS_NARROW, say ("The link has expired", "链接已过期"), "");
}

static void
test_errors (void)
{
  static const struct {
    KeelTaskError code;
    guint http_status;
    const char *english;
    const char *chinese;
  } CASES[] = {
    { KEEL_TASK_ERROR_DNS, 0, "The server was not found", "找不到服务器" },
    { KEEL_TASK_ERROR_CONNECT, 0, "The server cannot be reached", "无法连接到服务器" },
    { KEEL_TASK_ERROR_TLS, 0, "The connection is not secure", "连接不安全" },
    { KEEL_TASK_ERROR_TIMEOUT, 0, "The server stopped answering", "服务器停止响应" },
    { KEEL_TASK_ERROR_TRUNCATED, 0, "The server stopped before the end", "服务器提前结束了传输" },
    { KEEL_TASK_ERROR_PROTOCOL, 0, "The server’s answer makes no sense", "无法理解服务器的响应" },
    { KEEL_TASK_ERROR_HTTP_STATUS, 404, "The file is no longer on the server",
      "服务器上已没有此文件" },
    { KEEL_TASK_ERROR_HTTP_STATUS, 403, "The server refused the download", "服务器拒绝了下载" },
    { KEEL_TASK_ERROR_HTTP_STATUS, 503, "The server has a problem", "服务器出现问题" },
    { KEEL_TASK_ERROR_HTTP_STATUS, 418, "The server answered with error 418",
      "服务器返回错误 418" },
    { KEEL_TASK_ERROR_CONTENT_CHANGED, 0, "The file changed on the server",
      "服务器上的文件已更改" },
    { KEEL_TASK_ERROR_CHECKSUM, 0, "The checksum does not match", "校验和不匹配" },
    { KEEL_TASK_ERROR_TOO_LARGE, 0, "The file is larger than allowed", "文件超出允许的大小" },
    { KEEL_TASK_ERROR_NO_SPACE, 0, "Not enough space on the disk", "磁盘空间不足" },
    { KEEL_TASK_ERROR_DISK, 0, "The disk reported an error", "磁盘报告错误" },
    { KEEL_TASK_ERROR_DESTINATION, 0, "The folder is not reachable", "无法访问文件夹" },
    { KEEL_TASK_ERROR_BAD_URI, 0, "The link is not valid", "链接无效" },
    { KEEL_TASK_ERROR_REDIRECT, 0, "The link leads in circles", "链接循环重定向" },
    { KEEL_TASK_ERROR_AUTH_REQUIRED, 0, "Sign-in needed", "需要登录" },
    { KEEL_TASK_ERROR_UNSUPPORTED, 0, "This kind of link is not supported", "不支持此类链接" },
    { KEEL_TASK_ERROR_LIMITS, 0, "This app has too many downloads", "此应用的下载任务过多" },
    { KEEL_TASK_ERROR_INTERNAL, 0, "Something went wrong", "出现问题" },
    { (KeelTaskError) 1000, 0, "Something went wrong", "出现问题" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    assert_words (keel_error_words_for_task (CASES[i].code, CASES[i].http_status),
                  say (CASES[i].english, CASES[i].chinese));
}

static void
test_subtitles (void)
{
  assert_words (keel_status_subtitle (2, 1, 0, 14300000, 240, KEEL_STATUS_WIDE),
                say ("2 active · 14.3 MB/s · about 4 minutes",
                     "2 个进行中 · 14.3 MB/秒 · 剩余约 4 分钟"));
  assert_words (keel_status_subtitle (2, 1, 0, 14300000, 240, KEEL_STATUS_NARROW),
                say ("2 active · 14.3 MB/s", "2 个进行中 · 14.3 MB/秒"));
  assert_words (keel_status_subtitle (0, 4, 1, 0, KEEL_PACE_UNKNOWN, KEEL_STATUS_WIDE),
                say ("4 waiting", "4 个等待中"));
  assert_words (keel_status_subtitle (0, 0, 3, 0, KEEL_PACE_UNKNOWN, KEEL_STATUS_WIDE),
                say ("All paused", "已全部暂停"));
  assert_words (keel_status_subtitle (0, 0, 0, 0, KEEL_PACE_UNKNOWN, KEEL_STATUS_WIDE), "");
}

static void
test_spoken (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_local (2026, 3, 1, 12, 0, 0);
  KeelFacts facts = facts_in (KEEL_TASK_STATE_RUNNING);

  assert_words (keel_status_spoken (&facts, now),
                say ("disk.iso, Active, 52%, 1.2 of 2.3 GB · 14.3 MB/s · about 2 minutes",
                     "disk.iso，进行中，52%，1.2 GB / 2.3 GB · 14.3 MB/秒 · 剩余约 2 分钟"));
}

static void
test_actions (void)
{
  KeelFacts facts = facts_in (KEEL_TASK_STATE_RUNNING);

  g_assert_cmpstr (keel_task_action_for (&facts)->action_name, ==, "task.pause");
  facts.state = KEEL_TASK_STATE_PAUSED;
  g_assert_cmpstr (keel_task_action_for (&facts)->action_name, ==, "task.resume");
  facts.state = KEEL_TASK_STATE_WAITING;
  facts.wait_reason = KEEL_WAIT_REASON_RETRY;
  g_assert_cmpstr (keel_task_action_for (&facts)->action_name, ==, "task.retry");
  facts.wait_reason = KEEL_WAIT_REASON_OFFLINE;
  g_assert_cmpstr (keel_task_action_for (&facts)->action_name, ==, "task.pause");
  g_assert_false (keel_task_action_has_text (&facts));
  facts.wait_reason = KEEL_WAIT_REASON_AUTH;
  g_assert_cmpstr (keel_task_action_for (&facts)->action_name, ==, "task.sign-in");
  g_assert_true (keel_task_action_has_text (&facts));
  facts.wait_reason = KEEL_WAIT_REASON_CAPTIVE_PORTAL;
  g_assert_cmpstr (keel_task_action_for (&facts)->action_name, ==, "task.open-portal");
  g_assert_true (keel_task_action_has_text (&facts));
  facts.state = KEEL_TASK_STATE_FAILED;
  g_assert_cmpstr (keel_task_action_for (&facts)->action_name, ==, "task.retry");
  g_assert_true (keel_task_action_has_text (&facts));
  facts.state = KEEL_TASK_STATE_FINISHED;
  g_assert_cmpstr (keel_task_action_for (&facts)->action_name, ==, "task.open");
  facts.file_name = "game.AppImage";
  g_assert_cmpstr (keel_task_action_for (&facts)->action_name, ==, "task.show-in-folder");
  facts.is_gone = TRUE;
  g_assert_cmpstr (keel_task_action_for (&facts)->action_name, ==, "task.remove");
}

/* Each error has the one way out that may help. */
static void
test_actions_for_errors (void)
{
  static const struct {
    KeelTaskError code;
    guint http_status;
    const char *action_name;
    const char *english;
    const char *chinese;
  } CASES[] = {
    { KEEL_TASK_ERROR_TIMEOUT, 0, "task.retry", "Retry", "重试" },
    { KEEL_TASK_ERROR_HTTP_STATUS, 500, "task.retry", "Retry", "重试" },
    { KEEL_TASK_ERROR_HTTP_STATUS, 403, "task.new-link", "Paste New Link…", "粘贴新链接…" },
    { KEEL_TASK_ERROR_HTTP_STATUS, 404, "task.new-link", "Paste New Link…", "粘贴新链接…" },
    { KEEL_TASK_ERROR_HTTP_STATUS, 410, "task.new-link", "Paste New Link…", "粘贴新链接…" },
    { KEEL_TASK_ERROR_NEEDS_NEW_URL, 403, "task.new-link", "Paste New Link…", "粘贴新链接…" },
    { KEEL_TASK_ERROR_BAD_URI, 0, "task.new-link", "Paste New Link…", "粘贴新链接…" },
    { KEEL_TASK_ERROR_REDIRECT, 302, "task.new-link", "Paste New Link…", "粘贴新链接…" },
    { KEEL_TASK_ERROR_AUTH_REQUIRED, 401, "task.sign-in", "Sign In…", "登录…" },
    { KEEL_TASK_ERROR_CHECKSUM, 0, "task.retry", "Download Again", "重新下载" },
    { KEEL_TASK_ERROR_UNSUPPORTED, 0, "task.remove", "Remove", "移除" },
  };
  KeelFacts facts = facts_in (KEEL_TASK_STATE_FAILED);

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      const KeelTaskAction *action;

      facts.error_code = CASES[i].code;
      facts.error_http_status = CASES[i].http_status;
      action = keel_task_action_for (&facts);
      g_assert_cmpstr (action->action_name, ==, CASES[i].action_name);
      g_assert_cmpstr (_(action->label), ==, say (CASES[i].english, CASES[i].chinese));
    }
}

static void
test_dangerous_files (void)
{
  static const char *const DANGEROUS[] = { "a.AppImage", "a.sh",  "A.RUN",        "a.deb",
                                           "a.rpm",      "a.jar", "a.flatpakref", "a.desktop" };
  static const char *const HARMLESS[] = { "a.iso", "deb", "a.sh.txt", "a.pdf", "", "sh" };

  for (guint i = 0; i < G_N_ELEMENTS (DANGEROUS); i++)
    g_assert_true (keel_file_type_is_dangerous (DANGEROUS[i]));
  for (guint i = 0; i < G_N_ELEMENTS (HARMLESS); i++)
    g_assert_false (keel_file_type_is_dangerous (HARMLESS[i]));
  g_assert_false (keel_file_type_is_dangerous (NULL));
}

static void
assert_links (const char *text,
              const char *expected)
{
  g_auto (GStrv) links = keel_links_find (text);
  g_autofree char *joined = g_strjoinv (" ", links);

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_links (void)
{
  assert_links (NULL, "");
  assert_links ("", "");
  assert_links ("nothing here", "");
  assert_links ("https://example.org/a.iso", "https://example.org/a.iso");
  assert_links ("HTTP://EXAMPLE.org/a", "HTTP://EXAMPLE.org/a");
  assert_links ("http://a.org/1\r\nhttp://a.org/2\n\nhttp://a.org/1",
                "http://a.org/1 http://a.org/2");
  assert_links ("See <https://a.org/x>, (https://a.org/y) and https://a.org/z_(1).",
                "https://a.org/x https://a.org/z_(1)");
  assert_links ("ftp://a.org/x file:///etc/passwd javascript:alert(1) //a.org/x", "");
  assert_links ("http:// https:///x http://?x", "");
  assert_links ("https://例子.测试/文件.zip", "https://例子.测试/文件.zip");
  assert_links ("\xff\xfe https://a.org/x", "");
}

static void
test_many_links (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GStrv) links = NULL;

  for (guint i = 0; i < 2 * KEEL_LINKS_MAX; i++)
    g_string_append_printf (text, "http://a.org/%u\n", i);
  links = keel_links_find (text->str);
  g_assert_cmpuint (g_strv_length (links), ==, KEEL_LINKS_MAX);
}

static void
assert_name (const char *link,
             const char *expected)
{
  g_autofree char *name = keel_links_guess_name (link);

  g_assert_cmpstr (name, ==, expected);
}

static void
test_guessed_names (void)
{
  assert_name ("https://a.org/x/a%20b.iso?y=1#z", "a b.iso");
  assert_name ("https://a.org/x/", NULL);
  assert_name ("https://a.org", NULL);
  assert_name ("https://a.org/%2e%2e%2fpasswd", NULL);
  assert_name ("https://a.org/%ff", NULL);
  assert_name ("not a link", NULL);
}

static void
test_checksums (void)
{
  static const char SHA_256[] = "E3B0C44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  g_autofree char *bare = keel_checksum_text_parse (SHA_256);
  g_autofree char *text = g_strdup_printf ("  SHA256: %s \n", SHA_256);
  g_autofree char *named = keel_checksum_text_parse (text);
  g_autofree char *misnamed_text = g_strdup_printf ("md5:%s", SHA_256);
  g_autofree char *misnamed = keel_checksum_text_parse (misnamed_text);
  g_autofree char *md5 = keel_checksum_text_parse ("d41d8cd98f00b204e9800998ecf8427e");
  g_autofree char *letters = keel_checksum_text_parse ("sha-256:zzz");
  g_autofree char *nothing = keel_checksum_text_parse ("");

  g_assert_cmpstr (bare, ==,
                   "sha-256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  g_assert_cmpstr (named, ==, bare);
  g_assert_null (misnamed);
  g_assert_cmpstr (md5, ==, "md5:d41d8cd98f00b204e9800998ecf8427e");
  g_assert_null (letters);
  g_assert_null (nothing);
}

int
main (int   argc,
      char *argv[])
{
  g_autofree char *catalogues = g_build_filename (g_getenv ("KEEL_BUILD_ROOT"), "po", NULL);

  setlocale (LC_ALL, "");
  bindtextdomain (KEEL_GETTEXT_DOMAIN, catalogues);
  bind_textdomain_codeset (KEEL_GETTEXT_DOMAIN, "UTF-8");
  textdomain (KEEL_GETTEXT_DOMAIN);
  g_test_init (&argc, &argv, NULL);
  is_chinese = g_strcmp0 (g_getenv ("LANGUAGE"), "zh_CN") == 0;

  g_test_add_func ("/words/sizes", test_sizes);
  g_test_add_func ("/words/sizes-are-cut", test_sizes_are_cut);
  g_test_add_func ("/words/largest-sizes", test_largest_sizes);
  g_test_add_func ("/words/time-left", test_time_left);
  g_test_add_func ("/words/days", test_days);
  g_test_add_func ("/words/running", test_running_lines);
  g_test_add_func ("/words/waiting", test_waiting_lines);
  g_test_add_func ("/words/ended", test_ended_lines);
  g_test_add_func ("/words/errors", test_errors);
  g_test_add_func ("/words/subtitles", test_subtitles);
  g_test_add_func ("/words/spoken", test_spoken);
  g_test_add_func ("/pace/silent-first", test_pace_is_silent_first);
  g_test_add_func ("/pace/does-not-flicker", test_pace_does_not_flicker);
  g_test_add_func ("/pace/stalls", test_pace_stalls);
  g_test_add_func ("/actions/by-state", test_actions);
  g_test_add_func ("/actions/by-state-for-errors", test_actions_for_errors);
  g_test_add_func ("/actions/dangerous-files", test_dangerous_files);
  g_test_add_func ("/links/found", test_links);
  g_test_add_func ("/links/many", test_many_links);
  g_test_add_func ("/links/guessed-names", test_guessed_names);
  g_test_add_func ("/checksums", test_checksums);

  return g_test_run ();
}
