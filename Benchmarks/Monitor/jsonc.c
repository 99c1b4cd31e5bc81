#include "floor.h"
#include <json-c/json.h>

static struct json_object *kept;

int floor_jsonc_read(const char *bytes, size_t count)
{
    struct json_tokener *reader = json_tokener_new();
    struct json_object *value = json_tokener_parse_ex(reader, bytes, (int)count);
    int result = json_tokener_get_error(reader) == json_tokener_success ? 0 : -1;
    json_tokener_free(reader);
    json_object_put(kept);
    kept = value;
    return result;
}

size_t floor_jsonc_write(void)
{
    size_t length = 0;
    json_object_to_json_string_length(kept, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    return length;
}
