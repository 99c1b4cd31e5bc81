#pragma once
#include <stddef.h>
#include <stdint.h>

// What the same work costs without a library: plain C on the same sockets and bytes.

/// Connects, waits for the greeting and negotiates. Returns the socket, -1 on failure.
int floor_connect(const char *_Nonnull path);

/// Sends one command and waits for its whole reply; events are read over. Returns 0 when it was a `return`.
int floor_command(int socket, const char *_Nonnull command, size_t length);

/// Connects, waits for the greeting, negotiates, asks once, half-closes, drains, closes. Returns 0 when all went well.
int floor_session(const char *_Nonnull path);

/// json-c alone: text to value and back. The value is kept between the calls.
int floor_jsonc_read(const char *_Nonnull bytes, size_t count);
size_t floor_jsonc_write(void);

/// RapidJSON alone, likewise.
int floor_rapid_read(const char *_Nonnull bytes, size_t count);
size_t floor_rapid_write(void);
