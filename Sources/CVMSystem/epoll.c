#define _GNU_SOURCE
#include "CVMSystem.h"

#include <sys/epoll.h>

int vms_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int vms_epoll_control(int poller, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(poller, operation, fd, &event);
}

int vms_epoll_wait(int poller, struct vms_ready *ready, int capacity, int milliseconds) {
    struct epoll_event events[32];
    int count = epoll_wait(poller, events, capacity < 32 ? capacity : 32, milliseconds);
    for (int i = 0; i < count; i++) ready[i] = (struct vms_ready){.token = events[i].data.u64, .events = events[i].events};
    return count;
}
