#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Open-file-description locks are fcntl(2) commands behind _GNU_SOURCE. Exclusive when `write`.
// Returns 0, or -1 with errno EAGAIN when somebody else holds the lock.
int vms_lock(int fd, bool write);

// Whether somebody else holds a lock that a lock of ours would conflict with: 1, 0 or -1 with errno.
int vms_is_locked(int fd);

// fcntl(2) F_SETFD: whether a descriptor survives exec.
int vms_set_close_on_exec(int fd, bool on);

// open(2) is variadic.
int vms_open(const char *path, int flags, unsigned mode);

// open(2) with O_PATH, which is a GNU extension: a place in the file system, without any right on what is there. A link is
// followed only where `follow` is set; `folder` is -1 for a whole path.
int vms_open_place(int folder, const char *path, bool follow);

// A folder's entry that is a folder itself, for reading; `folder` is AT_FDCWD for a path. A link isn't followed.
int vms_open_folder(int folder, const char *name);

// fchownat(2) of what an open place stands for: a link itself.
int vms_give(int place, uid_t user, gid_t group);

// Extended attributes, of what an open place stands for. As getxattr(2) and setxattr(2).
ssize_t vms_get_attribute(int place, const char *name, void *bytes, size_t room);
int vms_set_attribute(int place, const char *name, const void *bytes, size_t count);

// memfd_create(2) is a GNU extension.
int vms_memory_file(const char *name);

// pipe2(2) is a GNU extension. Both ends are closed on exec.
int vms_pipe(int *reader, int *writer);

// fcntl(2) F_OFD_GETLK on a range of bytes: 1 when somebody else holds a lock there, 0 when not, -1 with errno.
int vms_is_range_locked(int fd, long long start, long long length);

// fallocate(2) isn't part of Swift's C library module. Gives the space of a file's first `length` bytes back, which read as
// zeros from then on; the file's size stays. 0, or -1 with errno.
int vms_give_back(int fd, long long length);

// The same for any range.
int vms_punch_hole(int fd, long long start, long long length);

// fallocate(2): has the file system reserve a range, which makes the file as long as that. 0, or -1 with errno.
int vms_allocate(int fd, long long start, long long length);

// lseek(2) with SEEK_DATA or SEEK_HOLE, which are GNU extensions: a place, or -1 with errno (ENXIO: no data behind it).
long long vms_seek_data(int fd, long long start);
long long vms_seek_hole(int fd, long long start);

// ioctl(2) is variadic. FICLONE: the file gets the contents of another one, which share their blocks. 0, or -1 with errno.
int vms_clone_file(int target, int source);

// renameat2(2) with RENAME_NOREPLACE, a GNU extension: fails with EEXIST instead of replacing what is there.
int vms_rename_new(const char *from, const char *to);

// renameat2(2) with RENAME_EXCHANGE, a GNU extension: both are there before, between and after, with their names swapped.
int vms_rename_exchange(const char *one, const char *other);

// fcntl(2) F_OFD_SETLK on a range of bytes; shared unless `write`. As vms_lock.
int vms_lock_range(int fd, long long start, long long length, bool write);

// Whether a file has capabilities for who executes it.
bool vms_has_capabilities(const char *path);

// inotify(7) isn't part of Swift's C library module. A descriptor that becomes readable when something in the folder, or
// the folder itself, is removed; -1 with errno. Draining forgets what was seen.
int vms_watch_removals(const char *folder);
void vms_drain(int fd);

// Changes in any number of folders: a descriptor, a number for each folder (the same one again for the same folder), and
// the numbers of the folders in which something has changed; -1 among them when some were lost. `room` is 32 or more.
int vms_watch_open(void);
int vms_watch_add(int fd, const char *folder);
// The same for what is written to one file, which is open as `file`.
int vms_watch_add_file(int fd, int file);
int vms_watch_read(int fd, int *numbers, int room);
void vms_watch_remove(int fd, int number);

// One thing that has happened in a watched folder.
struct vms_watch_change {
    int number;      // the folder's; -1 when the kernel has lost count
    bool is_gone;    // the folder isn't watched any more, because it is gone
    char name[256];  // of the entry; empty for the folder itself
};
// Reads what has happened; gives the number of changes, 0 when there is nothing more.
int vms_watch_take(int fd, struct vms_watch_change *changes, int room);
