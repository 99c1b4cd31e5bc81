#define _GNU_SOURCE
#include "CVMSystem.h"

#include <errno.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int vms_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int vms_pidfd_send_signal(int pidfd, int signal) { return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); }

int vms_reap(int pidfd, int *code, int *status) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    int result;
    do {
        result = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
    } while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    if (info.si_pid == 0) return 0;
    *code = info.si_code;
    *status = info.si_status;
    return 1;
}

int vms_set_process_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

void vms_ignore_signal(int number) { signal(number, SIG_IGN); }

const char *vms_signal_name(int number) { return sigabbrev_np(number); }

char *const *vms_environment(void) { return environ; }

// Segments that are never written hold the same as the file; what is written lies in others.
static int release_segments(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size;
    (void)unused;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
        uintptr_t start = (uintptr_t)info->dlpi_addr + segment->p_vaddr;
        uintptr_t end = (start + segment->p_memsz) & ~(page - 1);
        start = (start + page - 1) & ~(page - 1);
        if (start >= end) continue;
        // The kernel would map two megabytes at every first touch.
        madvise((void *)start, end - start, MADV_NOHUGEPAGE);
        madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void vms_release_program(void) { dl_iterate_phdr(release_segments, NULL); }

int vms_get_affinity(pid_t thread, unsigned char *mask, size_t size) {
    memset(mask, 0, size);
    return sched_getaffinity(thread, size, (cpu_set_t *)mask);
}

int vms_set_affinity(pid_t thread, const unsigned char *mask, size_t size) {
    return sched_setaffinity(thread, size, (const cpu_set_t *)mask);
}
