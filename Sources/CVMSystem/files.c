#define _GNU_SOURCE
#include "CVMSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <unistd.h>

int vms_lock(int fd, bool write) {
    struct flock lock = {.l_type = write ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET};
    int result = fcntl(fd, F_OFD_SETLK, &lock);
    if (result < 0 && errno == EACCES) errno = EAGAIN;
    return result;
}

int vms_is_locked(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_GETLK, &lock) < 0) return -1;
    return lock.l_type != F_UNLCK;
}

int vms_set_close_on_exec(int fd, bool on) { return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0); }

int vms_open(const char *path, int flags, unsigned mode) { return open(path, flags | O_CLOEXEC, mode); }

int vms_open_at(int folder, const char *path, int flags, unsigned mode) {
    return openat(folder, path, flags | O_CLOEXEC, mode);
}

int vms_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int vms_pipe(int *reader, int *writer) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -1;
    *reader = ends[0];
    *writer = ends[1];
    return 0;
}

int vms_is_range_locked(int fd, long long start, long long length) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    if (fcntl(fd, F_OFD_GETLK, &lock) < 0) return -1;
    return lock.l_type != F_UNLCK;
}

int vms_watch_removals(const char *folder) {
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) return -1;
    if (inotify_add_watch(fd, folder, IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF) < 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

void vms_drain(int fd) {
    char room[4096];
    while (read(fd, room, sizeof room) > 0) {}
}
