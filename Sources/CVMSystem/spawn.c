#define _GNU_SOURCE
#include "CVMSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_SIZE (64 * 1024)

// What the child shares with its parent: with CLONE_VM | CLONE_VFORK the child runs in the parent's memory while the parent
// sleeps, so a failed step is reported by storing it.
struct child_context {
    const struct vms_spawn_request *request;
    char *inner_stack;  // for the second clone of a detached process
    pid_t parent;
    volatile pid_t pid;
    volatile int error;
    volatile int step;
};

static int fail(struct child_context *context, int step) {
    context->error = errno;
    context->step = step;
    return 127;
}

static int is_target(const struct vms_spawn_request *request, int fd) {
    for (size_t i = 0; i < request->count; i++)
        if (request->targets[i] == fd) return 1;
    return 0;
}

// Moves each source to its target number and closes everything else. Sources go through numbers above all targets first:
// a source may be another one's target.
static int arrange_descriptors(const struct vms_spawn_request *request) {
    int highest = 2;
    for (size_t i = 0; i < request->count; i++)
        if (request->targets[i] > highest) highest = request->targets[i];
    int moved[request->count + 1];
    for (size_t i = 0; i < request->count; i++) {
        moved[i] = fcntl(request->sources[i], F_DUPFD_CLOEXEC, highest + 1);
        if (moved[i] < 0) return -1;
    }
    for (size_t i = 0; i < request->count; i++)
        if (dup2(moved[i], request->targets[i]) < 0) return -1;
    for (int fd = 0; fd <= highest; fd++)
        if (!is_target(request, fd)) close(fd);
    return close_range((unsigned)highest + 1, ~0U, 0);
}

// Handlers belong to the parent's program; ignored signals would stay ignored across exec.
static void reset_signals(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &action, NULL);
}

// Binds the child to the thread that starts it. A parent that died before this took hold would never be noticed.
static int die_with(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return -1;
    if (getppid() == parent) return 0;
    errno = ESRCH;
    return -1;
}

// Gives up every capability for good and becomes another user. The system calls themselves: glibc's functions would change
// all threads of the parent, whose memory this child runs in. Leaving user 0 clears the capabilities in effect.
static int become_user(const struct vms_spawn_request *request) {
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        if (prctl(PR_CAPBSET_DROP, capability) < 0 && errno != EINVAL) return -1;
    if (syscall(SYS_setgroups, request->group_count, request->groups) < 0) return -1;
    if (syscall(SYS_setresgid, request->group, request->group, request->group) < 0) return -1;
    return (int)syscall(SYS_setresuid, request->user, request->user, request->user);
}

// Enters control groups: to the kernel a 0 is whoever writes it.
static int enter_groups(const struct vms_spawn_request *request) {
    for (size_t i = 0; i < request->groups_entered_count; i++)
        if (write(request->groups_entered[i], "0", 1) < 0) return -1;
    return 0;
}

// Raises the limit of locked memory: beyond the hard limit where that is allowed, else to it. The child says itself when
// that isn't enough.
static void raise_locked_memory(rlim_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 || limit.rlim_cur >= wanted) return;
    struct rlimit raised = {.rlim_cur = wanted, .rlim_max = limit.rlim_max < wanted ? wanted : limit.rlim_max};
    if (setrlimit(RLIMIT_MEMLOCK, &raised) == 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_MEMLOCK, &limit);
}

static int run_child(void *argument) {
    struct child_context *context = argument;
    const struct vms_spawn_request *request = context->request;
    reset_signals();
    if (request->locked_memory) raise_locked_memory((rlim_t)request->locked_memory);
    if (enter_groups(request) < 0) return fail(context, VMS_SPAWN_CONTROL_GROUP);
    if (request->changes_user && become_user(request) < 0) return fail(context, VMS_SPAWN_USER);
    if (request->changes_user && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return fail(context, VMS_SPAWN_USER);
    // After the user has changed, since that takes the signal back.
    if (request->dies_with_parent && die_with(context->parent) < 0) return fail(context, VMS_SPAWN_SESSION);
    if (request->session && setsid() < 0) return fail(context, VMS_SPAWN_SESSION);
    umask(request->mask);
    if (request->directory && chdir(request->directory) < 0) return fail(context, VMS_SPAWN_DIRECTORY);
    if (request->ruleset >= 0 && vms_landlock_restrict(request->ruleset) < 0)
        return fail(context, VMS_SPAWN_CONFINEMENT);
    if (arrange_descriptors(request) < 0) return fail(context, VMS_SPAWN_DESCRIPTORS);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(request->path, request->argv, request->envp);
    return fail(context, VMS_SPAWN_EXEC);
}

// The short-lived parent of a detached process.
static int run_intermediate(void *argument) {
    struct child_context *context = argument;
    pid_t pid = clone(run_child, context->inner_stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, context);
    if (pid < 0) return fail(context, VMS_SPAWN_CLONE);
    context->pid = pid;
    if (context->error) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        return 127;
    }
    return 0;
}

static void reap(pid_t pid) {
    while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR) {}
}

int vms_spawn(const struct vms_spawn_request *request, struct vms_spawn_result *result) {
    *result = (struct vms_spawn_result){.pid = -1, .pidfd = -1};
    char *stacks = mmap(NULL, 2 * STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stacks == MAP_FAILED) {
        result->error = errno;
        result->step = VMS_SPAWN_CLONE;
        return -1;
    }
    struct child_context context = {.request = request, .inner_stack = stacks + STACK_SIZE, .parent = getpid()};

    // No handler of ours may run in the child while it shares our memory.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int pidfd = -1;
    pid_t pid;
    if (request->detached) {
        pid = clone(run_intermediate, stacks + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, &context);
    } else {
        pid = clone(run_child, stacks + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &context, &pidfd);
    }
    int clone_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (pid < 0) {
        result->error = clone_error;
        result->step = VMS_SPAWN_CLONE;
    } else if (context.error) {
        reap(pid);
        if (pidfd >= 0) close(pidfd);
        result->error = context.error;
        result->step = context.step;
    } else if (request->detached) {
        reap(pid);
        result->pid = context.pid;
    } else {
        result->pid = pid;
        result->pidfd = pidfd;
    }
    munmap(stacks, 2 * STACK_SIZE);
    return result->error ? -1 : 0;
}
