#define _GNU_SOURCE
#include "CVMSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/xattr.h>
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

bool vms_has_capabilities(const char *path) { return getxattr(path, "security.capability", NULL, 0) > 0; }

int vms_open_place(int folder, const char *path, bool follow) {
    return openat(folder < 0 ? AT_FDCWD : folder, path, O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
}

int vms_open_folder(int folder, const char *name) {
    return openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int vms_give(int place, uid_t user, gid_t group) { return fchownat(place, "", user, group, AT_EMPTY_PATH); }

// The calls for descriptors refuse places; the link of one in /proc leads to the very file.
static const char *link_of(int place, char *room, size_t size) {
    snprintf(room, size, "/proc/self/fd/%d", place);
    return room;
}

ssize_t vms_get_attribute(int place, const char *name, void *bytes, size_t room) {
    char link[40];
    return getxattr(link_of(place, link, sizeof link), name, bytes, room);
}

int vms_set_attribute(int place, const char *name, const void *bytes, size_t count) {
    char link[40];
    return setxattr(link_of(place, link, sizeof link), name, bytes, count, 0);
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

int vms_give_back(int fd, long long length) {
    return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)length);
}

int vms_punch_hole(int fd, long long start, long long length) {
    return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)start, (off_t)length);
}

int vms_allocate(int fd, long long start, long long length) { return fallocate(fd, 0, (off_t)start, (off_t)length); }

long long vms_seek_data(int fd, long long start) { return lseek(fd, (off_t)start, SEEK_DATA); }

long long vms_seek_hole(int fd, long long start) { return lseek(fd, (off_t)start, SEEK_HOLE); }

int vms_clone_file(int target, int source) { return ioctl(target, FICLONE, source); }

int vms_rename_new(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

int vms_rename_exchange(const char *one, const char *other) {
    return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

int vms_lock_range(int fd, long long start, long long length, bool write) {
    struct flock lock = {
        .l_type = write ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    int result = fcntl(fd, F_OFD_SETLK, &lock);
    if (result < 0 && errno == EACCES) errno = EAGAIN;
    return result;
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

int vms_watch_open(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }

int vms_watch_add(int fd, const char *folder) {
    return inotify_add_watch(
        fd, folder, IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR);
}

int vms_watch_add_file(int fd, int file) {
    char room[40];
    return inotify_add_watch(fd, link_of(file, room, sizeof room), IN_MODIFY);
}

void vms_watch_remove(int fd, int number) { inotify_rm_watch(fd, number); }

int vms_watch_take(int fd, struct vms_watch_change *changes, int room) {
    // An event takes at most 272 bytes with its name, and at least 16: no more are asked for than there is room for.
    char bytes[4096] __attribute__((aligned(8)));
    size_t size = (size_t)room * sizeof(struct inotify_event);
    if (size > sizeof bytes) size = sizeof bytes;
    ssize_t length = read(fd, bytes, size);
    int count = 0;
    for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= length && count < room;) {
        const struct inotify_event *event = (const struct inotify_event *)(bytes + at);
        struct vms_watch_change *change = &changes[count++];
        change->number = event->mask & IN_Q_OVERFLOW ? -1 : event->wd;
        change->is_gone = (event->mask & IN_IGNORED) != 0;
        snprintf(change->name, sizeof change->name, "%s", event->len ? event->name : "");
        at += (ssize_t)sizeof *event + event->len;
    }
    return count;
}

int vms_watch_read(int fd, int *numbers, int room) {
    char bytes[4096] __attribute__((aligned(8)));
    int count = 0;
    // An event with a name takes at most 272 bytes, one without 16: what fits into `room` numbers is asked for.
    size_t size = (size_t)room * sizeof(struct inotify_event);
    if (size > sizeof bytes) size = sizeof bytes;
    if (size < 512) return -1;
    ssize_t length = read(fd, bytes, size);
    for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= length && count < room;) {
        const struct inotify_event *event = (const struct inotify_event *)(bytes + at);
        numbers[count++] = event->wd;
        at += (ssize_t)sizeof *event + event->len;
    }
    return count;
}

void vms_drain(int fd) {
    char room[4096];
    while (read(fd, room, sizeof room) > 0) {}
}
