#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Starting a program. posix_spawn(3) gives no pidfd, no umask, can't detach and needs one action for each descriptor to
// close; fork(2) copies the page tables. So: clone(2) as vfork does it, with the few steps a manager of machines needs.

struct vms_spawn_request {
    const char *path;
    char *const *argv;
    char *const *envp;
    const char *directory;  // may be NULL
    const int *sources;     // descriptors of this process ...
    const int *targets;     // ... and the numbers they get in the child; every other descriptor is closed there
    size_t count;
    mode_t mask;            // the umask
    bool session;           // a session of its own
    bool detached;          // not a child of ours: its parent ends at once, so that nobody has to reap it
    bool dies_with_parent;  // killed by the kernel when the thread that starts it ends; not for a detached process
    bool changes_user;      // become the user below, without any capability, before anything else is done
    uid_t user;
    gid_t group;
    const gid_t *groups;    // supplementary groups, which replace those of this process
    size_t group_count;
    const int *groups_entered;  // files `cgroup.procs` of control groups that the child enters before it is another user
    size_t groups_entered_count;
    unsigned long long locked_memory;  // how many bytes the child may lock, as far as this process may allow it; 0 for as it is
    int ruleset;            // a Landlock ruleset that the child is put under; -1 for none
};

// The step at which a spawn failed.
enum vms_spawn_step {
    VMS_SPAWN_NONE = 0,
    VMS_SPAWN_CLONE,
    VMS_SPAWN_SESSION,
    VMS_SPAWN_DIRECTORY,
    VMS_SPAWN_DESCRIPTORS,
    VMS_SPAWN_EXEC,
    VMS_SPAWN_USER,
    VMS_SPAWN_CONFINEMENT,
    VMS_SPAWN_CONTROL_GROUP,
};

struct vms_spawn_result {
    pid_t pid;
    int pidfd;  // -1 for a detached process
    int error;  // errno of the step that failed, else 0
    int step;   // enum vms_spawn_step
};

// Returns 0, or -1 with error and step set; a child that could not exec has been reaped then.
int vms_spawn(const struct vms_spawn_request *request, struct vms_spawn_result *result);
