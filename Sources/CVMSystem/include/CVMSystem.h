#pragma once

// Calls that Swift can't make by itself: variadic functions, macros and clone tricks. Each says why it is here.

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vms_epoll.h"
#include "vms_files.h"
#include "vms_landlock.h"
#include "vms_network.h"
#include "vms_process.h"
#include "vms_signals.h"
#include "vms_spawn.h"

// strerrordesc_np(3) is a GNU extension, hidden from Swift's import of the C library.
const char *vms_errno_text(int code);
// pthread_setname_np(3) is one too.
int vms_thread_name(pthread_t thread, const char *name);

#include "sockets.h"
