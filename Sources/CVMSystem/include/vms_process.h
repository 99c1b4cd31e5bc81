#pragma once

#include <sys/types.h>

// pidfd_open(2), pidfd_send_signal(2): the C library of Debian 12 has them in a header that Swift's import doesn't take in.
int vms_pidfd_open(pid_t pid);
int vms_pidfd_send_signal(int pidfd, int signal);

// waitid(2) on a pidfd without blocking. siginfo_t's fields are macros, which Swift doesn't see.
// Returns 1 when the process has ended (code: CLD_EXITED 1, CLD_KILLED 2, CLD_DUMPED 3; status: exit status or signal),
// 0 when it still runs, -1 with errno (ECHILD: not a child of ours).
int vms_reap(int pidfd, int *code, int *status);

// prctl(2) is variadic.
int vms_set_process_name(const char *name);

// signal(2) with SIG_IGN, which is a cast macro.
void vms_ignore_signal(int signal);

// sigabbrev_np(3) is a GNU extension. NULL for a number that is no signal.
const char *vms_signal_name(int signal);

// environ(7) is a mutable global, which Swift 6 refuses.
char *const *vms_environment(void);

// Lets the program's own code and constants go from memory; they are read again from the file, or rather from the page
// cache, where they are needed. dl_iterate_phdr(3) takes a C callback.
void vms_release_program(void);

// sched_getaffinity(2), sched_setaffinity(2): a bit for each processor of the host, eight in a byte; `size` is a multiple
// of eight, and `mask` is aligned to eight bytes.
int vms_get_affinity(pid_t thread, unsigned char *mask, size_t size);
int vms_set_affinity(pid_t thread, const unsigned char *mask, size_t size);

// Puts this process, which must have one thread only, into a user namespace of its own, in which it is root, and into a
// network namespace of that. unshare(2) is a GNU extension. 0 or an errno.
int vms_enter_network_namespace(void);
// Puts this process, which must have one thread only, into the user and the network namespace of another one. 0 or an
// errno.
int vms_join_network_namespace(pid_t process);
