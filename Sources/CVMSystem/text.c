#define _GNU_SOURCE
#include "CVMSystem.h"

#include <string.h>

const char *vms_errno_text(int code) { return strerrordesc_np(code); }
