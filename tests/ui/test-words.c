/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <locale.h>

#include "keel-checksum-text.h"
#include "keel-task-words.h"
#include "keel-file-type.h"
#include "keel-format.h"
#include "keel-history-words.h"
#include "keel-links.h"
#include "keel-schedule-entry.h"
#include "keel-status.h"
#include "keel-task-action.h"
#include "keel-config.h"

/* What is said about a download, in English or in Chinese (argument "zh_CN"), and what can be done
 * with it: everything in the application that is worked out without a window. */

#define KB G_GUINT64_CONSTANT (1000)
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
  assert_words (keel_format_progress (0, 52 * MB), "52 MB");
  assert_words (keel_format_progress (52 * MB, 52 * MB), "52 MB");
  assert_words (keel_format_progress (120900 * KB, 361 * MB),
                say ("120 of 361 MB", "120 MB / 361 MB"));
  assert_words (keel_format_progress (500 * KB, 361 * MB),
                say ("0.5 of 361 MB", "0.5 MB / 361 MB"));
  assert_words (keel_format_progress (31 * MB, 48200 * KB),
                say ("31.0 of 48.2 MB", "31.0 MB / 48.2 MB"));
  assert_words (keel_format_size (361 * MB), "361 MB");
  assert_words (keel_format_size (361040 * KB), "361 MB");
  assert_words (keel_format_size (361100 * KB), "361.1 MB");
  assert_words (keel_format_moving_size (361 * MB), "361.0 MB");
  assert_words (keel_format_kept (1900 * MB, 3100 * MB),
                say ("1.9 of 3.1 GB kept", "已保留 1.9 GB，共 3.1 GB"));
  assert_words (keel_format_rate (14300000), say ("14.3 MB/s", "14.3 MB/秒"));
  assert_words (keel_format_rate (4 * MB), say ("4 MB/s", "4 MB/秒"));
  assert_words (keel_format_moving_rate (4 * MB), say ("4.0 MB/s", "4.0 MB/秒"));
}

static void
test_short_names (void)
{
  assert_words (keel_format_short_name ("a.iso", 14), "a.iso");
  assert_words (keel_format_short_name ("fourteen12.iso", 14), "fourteen12.iso");
  assert_words (keel_format_short_name ("fedora-workstation-live.iso", 14), "fedora-…ve.iso");
  assert_words (keel_format_short_name ("海洋纪录片第一集.mkv", 14), "海洋纪…集.mkv");
  assert_words (keel_format_short_name ("\377\377", 14), "��");
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
    { KEEL_WAIT_REASON_SUSPENDED, "Held by Casts", "已由“Casts”挂起" },
  };
  g_autoptr (GDateTime) until = g_date_time_new_local (2026, 3, 1, 14, 2, 0);
  g_autoptr (GDateTime) soon = g_date_time_new_local (2026, 3, 1, 12, 0, 25);
  KeelFacts facts = facts_in (KEEL_TASK_STATE_WAITING);

  facts.wait_until = until;
  facts.app_name = "Casts";
  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      facts.wait_reason = CASES[i].reason;
      assert_line (&facts, KEEL_STATUS_NARROW, NULL, say (CASES[i].english, CASES[i].chinese));
    }

  facts.wait_reason = KEEL_WAIT_REASON_POWER;
  facts.wait_detail = "saver";
  assert_line (&facts, KEEL_STATUS_NARROW, NULL,
               say ("Waiting: power saver is on", "节电模式已开启，正在等待"));

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
    assert_words (keel_task_words_for_error (CASES[i].code, CASES[i].http_status),
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
  assert_links ("(http://a.org/x). [https://b.org/y] '{http://c.org/z'", "http://a.org/x "
                                                                         "https://b.org/y "
                                                                         "http://c.org/z");
  assert_links ("", "");
  assert_links ("nothing here", "");
  assert_links ("https://example.org/a.iso", "https://example.org/a.iso");
  assert_links ("HTTP://EXAMPLE.org/a", "HTTP://EXAMPLE.org/a");
  assert_links ("http://a.org/1\r\nhttp://a.org/2\n\nhttp://a.org/1",
                "http://a.org/1 http://a.org/2");
  assert_links ("See <https://a.org/x>, (https://a.org/y) and https://a.org/z_(1).",
                "https://a.org/x https://a.org/y https://a.org/z_(1)");
  assert_links ("[http://[::1]/x] (http://[::1]:8080) http://[::1]",
                "http://[::1]/x http://[::1]:8080 http://[::1]");
  assert_links ("[see (https://a.org/z_(1))]", "https://a.org/z_(1)");
  assert_links ("ftp://a.org/x file:///etc/passwd javascript:alert(1) //a.org/x", "");
  assert_links ("http:// https:///x http://?x", "");
  assert_links ("https://例子.测试/文件.zip", "https://例子.测试/文件.zip");
  assert_links ("\xff\xfe https://a.org/x", "");
}

static void
assert_expanded (const char *link,
                 const char *expected)
{
  g_auto (GStrv) links = keel_links_expand (link);
  g_autofree char *joined = g_strjoinv (" ", links);

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_patterns (void)
{
  g_auto (GStrv) links = NULL;

  assert_expanded ("http://a.org/f[08-11].zip", "http://a.org/f08.zip http://a.org/f09.zip "
                                                "http://a.org/f10.zip http://a.org/f11.zip");
  assert_expanded ("http://a.org/f[9-10]", "http://a.org/f9 http://a.org/f10");
  assert_expanded ("http://a.org/[1-2]/[3-4]",
                   "http://a.org/1/3 http://a.org/1/4 http://a.org/2/3 http://a.org/2/4");
  assert_expanded ("http://a.org/f[3-2]", "http://a.org/f[3-2]");
  assert_expanded ("http://a.org/f[a-b][1][-1][1-][1-2", "http://a.org/f[a-b][1][-1][1-][1-2");
  assert_expanded ("http://[1-2]/x", "http://[1-2]/x");
  assert_expanded ("http://[::1]/x[1-2]", "http://[::1]/x1 http://[::1]/x2");
  assert_expanded ("http://a.org/[99999999999999999999-1]",
                   "http://a.org/[99999999999999999999-1]");
  assert_expanded ("", "");
  links = keel_links_expand ("http://a.org/[0-999999999]/[0-999999999]");
  g_assert_cmpuint (g_strv_length (links), ==, KEEL_LINKS_MAX);
}

static void
assert_entry (const char *text,
              const char *formatted,
              const char *words)
{
  KeelScheduleEntry entry;
  g_autofree char *again = NULL;
  const char *const texts[] = { text, NULL };

  g_assert_true (keel_schedule_entry_parse (text, &entry));
  again = keel_schedule_entry_format (&entry);
  g_assert_cmpstr (again, ==, formatted);
  assert_words (keel_schedule_dup_summary (texts), words);
}

static void
test_schedule (void)
{
  static const char *const wrong[] = {
    "",
    "mon",
    "mon 08:00-18:00",
    "moon 08:00-18:00 pause",
    "mon- 08:00-18:00 pause",
    "mon-fri, 08:00-18:00 pause",
    "mon 8-18 pause",
    "mon 24:00-08:00 pause",
    "mon 08:00-24:01 pause",
    "mon 08:60-18:00 pause",
    "mon 08:00-18:00x pause",
    "mon 08:00-18:00 -5",
    "mon 08:00-18:00 5kk",
    "mon 08:00-18:00 99999999999999999999g",
  };
  KeelScheduleEntry entry;

  assert_entry ("mon-fri 08:00-18:00 500k", "mon,tue,wed,thu,fri 08:00-18:00 500000",
                say ("Working days, 08:00–18:00 · 500 kB/s", "工作日 08:00–18:00 · 500 kB/秒"));
  assert_entry ("daily 22:00-06:00 unlimited", "daily 22:00-06:00 unlimited",
                say ("Every day, 22:00–06:00 · No limit", "每天 22:00–06:00 · 不限速"));
  assert_entry ("sun,sat 00:00-24:00 pause", "sat,sun 00:00-24:00 pause",
                say ("Weekends, 00:00–24:00 · Pause", "周末 00:00–24:00 · 暂停"));
  assert_entry ("sat-mon 01:02-03:04 2M", "mon,sat,sun 01:02-03:04 2000000",
                say ("Mon, Sat, Sun 01:02–03:04 · 2 MB/s", "Mon、Sat、Sun 01:02–03:04 · 2 MB/秒"));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (keel_schedule_entry_parse (wrong[i], &entry));
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

/* @history: in GVariant's text; @expected: lines from the newest, each with its second */
static void
assert_history (const char *history,
                const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    parsed = g_variant_parse (G_VARIANT_TYPE ("a(xsa{sv})"), history, NULL, NULL, &error);
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (GString) actual = g_string_new (NULL);

  g_assert_no_error (error);
  lines = keel_history_words_new (parsed);
  for (guint i = 0; i < lines->len; i++)
    {
      const KeelHistoryLine *line = g_ptr_array_index (lines, i);

      g_string_append_printf (actual, "%s%d %s", i > 0 ? "\n" : "",
                              (int) g_date_time_to_unix (line->time), line->words);
    }
  g_assert_cmpstr (actual->str, ==, expected);
}

static void
test_history (void)
{
  assert_history ("@a(xsa{sv}) []", "");
  assert_history ("[(1000000, 'added', @a{sv} {}), (2000000, 'paused', {'reason': <'user'>}),"
                  " (3000000, 'resumed', {'reason': <'paused'>, 'offset': <@t 5>}),"
                  " (4000000, 'finished', {})]",
                  say ("4 Finished\n3 Resumed\n2 Paused\n1 Added",
                       "4 已完成\n3 已继续\n2 已暂停\n1 已添加"));
  /* Tries that did not work out, and the one that did, are one line. */
  assert_history ("[(@x 1000000, 'retry', {'error-code': <'timeout'>}),"
                  " (3000000, 'retry', {'error-code': <'dns'>}),"
                  " (5000000, 'resumed', {'reason': <'retry'>, 'offset': <@t 5>})]",
                  say ("5 Connection lost, resumed after 4 seconds", "5 连接中断，4 秒后继续"));
  /* It is still trying; nothing is left of what was there; it went on at once. */
  assert_history ("[(@x 1000000, 'retry', {'error-code': <'dns'>})]",
                  say ("1 The server was not found", "1 找不到服务器"));
  assert_history ("[(@x 1000000, 'retry', {'error-code': <'dns'>}),"
                  " (2000000, 'resumed', {'reason': <'retry'>, 'offset': <@t 0>})]",
                  say ("2 Began anew", "2 已重新开始"));
  assert_history ("[(@x 1000000, 'retry', {'error-code': <'dns'>}),"
                  " (1000000, 'resumed', {'reason': <'retry'>, 'offset': <@t 1>})]",
                  say ("1 Connection lost, resumed after 1 second", "1 连接中断，1 秒后继续"));
  /* Somebody paused it in between: two stories. */
  assert_history ("[(@x 1000000, 'retry', {'error-code': <'dns'>}),"
                  " (2000000, 'paused', {'reason': <'disk'>}),"
                  " (3000000, 'resumed', {'reason': <'restart'>, 'offset': <@t 1>})]",
                  say ("3 Resumed after a restart\n2 Paused: the disk reported errors\n"
                       "1 The server was not found",
                       "3 重新启动后继续\n2 已暂停：磁盘报告错误\n1 找不到服务器"));
}

/* From a service that is newer, or talks nonsense. */
static void
test_history_of_others (void)
{
  assert_history ("[(@x 1000000, 'polished', {'by': <1>}), (2000000, 'failed', {}),"
                  " (3000000, 'failed', {'error-code': <7>, 'error-http-status': <uint32 404>}),"
                  " (4000000, 'resumed', {'reason': <1>, 'offset': <'x'>}),"
                  " (5000000, 'paused', {'reason': <'boredom'>})]",
                  say ("5 Paused\n4 Resumed\n3 Something went wrong\n2 Something went wrong",
                       "5 已暂停\n4 已继续\n3 出现问题\n2 出现问题"));
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
  g_test_add_func ("/words/short-names", test_short_names);
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
  g_test_add_func ("/links/patterns", test_patterns);
  g_test_add_func ("/schedule", test_schedule);
  g_test_add_func ("/links/guessed-names", test_guessed_names);
  g_test_add_func ("/checksums", test_checksums);
  g_test_add_func ("/history/lines", test_history);
  g_test_add_func ("/history/others", test_history_of_others);

  return g_test_run ();
}
