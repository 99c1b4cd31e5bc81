#define _GNU_SOURCE
#include "CVMSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    ssize_t length = (ssize_t)strlen(text);
    int error = write(fd, text, (size_t)length) == length ? 0 : errno;
    close(fd);
    return error;
}

int vms_enter_network_namespace(void) {
    char users[64], groups[64];
    snprintf(users, sizeof users, "0 %u 1\n", (unsigned)geteuid());
    snprintf(groups, sizeof groups, "0 %u 1\n", (unsigned)getegid());
    if (unshare(CLONE_NEWUSER) < 0) return errno;
    // Older kernels have no such file, and allow the map without it.
    int error = write_text("/proc/self/setgroups", "deny");
    if (error && error != ENOENT) return error;
    error = write_text("/proc/self/uid_map", users);
    if (!error) error = write_text("/proc/self/gid_map", groups);
    if (error) return error;
    return unshare(CLONE_NEWNET) < 0 ? errno : 0;
}

static int join(pid_t process, const char *kind, int type) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)process, kind);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    int error = setns(fd, type) < 0 ? errno : 0;
    close(fd);
    return error;
}

int vms_join_network_namespace(pid_t process) {
    int error = join(process, "user", CLONE_NEWUSER);
    return error ? error : join(process, "net", CLONE_NEWNET);
}
