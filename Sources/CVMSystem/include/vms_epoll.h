#pragma once

#include <stdint.h>

// epoll(7) isn't part of Swift's C library module, and its event is a packed union.

enum vms_epoll_events { VMS_READ = 1, VMS_WRITE = 4, VMS_ERROR = 8, VMS_HANGUP = 16, VMS_PEER_CLOSED = 0x2000 };
enum vms_epoll_operation { VMS_ADD = 1, VMS_REMOVE = 2, VMS_CHANGE = 3 };

struct vms_ready {
    uint64_t token;
    uint32_t events;
};

int vms_epoll_create(void);
int vms_epoll_control(int poller, int operation, int fd, uint32_t events, uint64_t token);
// Fills at most 32 entries; returns their number or -1.
int vms_epoll_wait(int poller, struct vms_ready *ready, int capacity, int milliseconds);
