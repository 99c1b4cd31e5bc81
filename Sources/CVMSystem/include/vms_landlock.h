#pragma once

#include <stdint.h>

// Landlock: what a process, and all that it starts, may do with files (landlock(7)). The headers of Debian 12 know less of it
// than the kernels that it runs on, so the few numbers stand here.

// What may be done with a file, or with what is below a folder.
enum vms_landlock_access {
    VMS_LANDLOCK_EXECUTE = 1u << 0,
    VMS_LANDLOCK_WRITE_FILE = 1u << 1,
    VMS_LANDLOCK_READ_FILE = 1u << 2,
    VMS_LANDLOCK_READ_DIR = 1u << 3,
    VMS_LANDLOCK_REMOVE_DIR = 1u << 4,
    VMS_LANDLOCK_REMOVE_FILE = 1u << 5,
    VMS_LANDLOCK_MAKE_CHAR = 1u << 6,
    VMS_LANDLOCK_MAKE_DIR = 1u << 7,
    VMS_LANDLOCK_MAKE_REG = 1u << 8,
    VMS_LANDLOCK_MAKE_SOCK = 1u << 9,
    VMS_LANDLOCK_MAKE_FIFO = 1u << 10,
    VMS_LANDLOCK_MAKE_BLOCK = 1u << 11,
    VMS_LANDLOCK_MAKE_SYM = 1u << 12,
    VMS_LANDLOCK_REFER = 1u << 13,      // since version 2
    VMS_LANDLOCK_TRUNCATE = 1u << 14,   // since version 3
    VMS_LANDLOCK_IOCTL_DEV = 1u << 15,  // since version 5
};

// The version that the kernel has, or -1 with errno where it has none.
int vms_landlock_version(void);

// A ruleset under which all of `handled` is forbidden that no rule allows. A descriptor, or -1 with errno.
int vms_landlock_create(uint64_t handled);

// Allows something with the file, or below the folder, that `place` (opened with O_PATH) stands for. 0, or -1 with errno.
int vms_landlock_allow(int ruleset, int place, uint64_t allowed);

// Puts the calling thread under a ruleset. 0, or -1 with errno.
int vms_landlock_restrict(int ruleset);
