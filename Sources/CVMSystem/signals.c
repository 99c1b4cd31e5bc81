#define _GNU_SOURCE
#include "CVMSystem.h"

#include <signal.h>
#include <sys/signalfd.h>

static sigset_t set_of(const int *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) sigaddset(&set, signals[i]);
    return set;
}

int vms_signal_descriptor(const int *signals, size_t count) {
    sigset_t set = set_of(signals, count);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void vms_unblock_signals(const int *signals, size_t count) {
    sigset_t set = set_of(signals, count);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
