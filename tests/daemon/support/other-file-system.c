/*
 * Makes one folder look as if it lay on another file system, for a process that preloads this:
 *   FOLDER_OF_ANOTHER   the folder
 *   LOCKS_FAIL_WITH     errno of every lock on a file in it
 *   FSYNC_FAILS_WITH    errno of every fsync and fdatasync on a file in it
 *   STATFS_SAYS         the type that statfs gives for a path in it
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

static int is_below(const char *path) {
  const char *folder = getenv("FOLDER_OF_ANOTHER");
  return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_open_below(int file) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_below(path);
}

static int fails(const char *with, int file) {
  const char *code = getenv(with);
  if (code == NULL || !is_open_below(file)) return 0;
  errno = atoi(code);
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define FCNTL(name)                                                                        \
  int name(int file, int act, ...) {                                                       \
    va_list rest;                                                                          \
    va_start(rest, act);                                                                   \
    void *given = va_arg(rest, void *);                                                    \
    va_end(rest);                                                                          \
    if ((act == F_SETLK || act == F_SETLKW) && fails("LOCKS_FAIL_WITH", file)) return -1;  \
    return REAL(name)(file, act, given);                                                   \
  }

#define SYNC(name)                                                                         \
  int name(int file) { return fails("FSYNC_FAILS_WITH", file) ? -1 : REAL(name)(file); }

#define STATFS(name)                                                                       \
  int name(const char *path, struct name *found) {                                         \
    int result = REAL(name)(path, found);                                                  \
    const char *type = getenv("STATFS_SAYS");                                              \
    if (result == 0 && type != NULL && is_below(path)) found->f_type = strtoll(type, NULL, 16); \
    return result;                                                                         \
  }

FCNTL(fcntl)
FCNTL(fcntl64)
SYNC(fsync)
SYNC(fdatasync)
STATFS(statfs)
STATFS(statfs64)
