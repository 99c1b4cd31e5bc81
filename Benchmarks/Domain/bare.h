#pragma once
#include <stddef.h>

/// libxml2 alone: reads a document into its own tree and frees it. Returns 0 when the document is well formed.
int bare_read(const char *_Nullable bytes, size_t count);
