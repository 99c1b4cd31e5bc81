#pragma once

#include <stddef.h>

// signalfd(2) has no module map in Swift's import of the C library. Blocks the signals; -1 with errno on failure.
int vms_signal_descriptor(const int *signals, size_t count);

// Undoes the blocking; a signal that is still pending is delivered then.
void vms_unblock_signals(const int *signals, size_t count);
