#define _GNU_SOURCE
#include "CVMSystem.h"

#include <string.h>

const char *vms_errno_text(int code) { return strerrordesc_np(code); }

int vms_thread_name(pthread_t thread, const char *name) { return pthread_setname_np(thread, name); }
