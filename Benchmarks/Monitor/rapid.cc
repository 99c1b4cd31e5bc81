#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

extern "C" {
#define _Nonnull
#include "floor.h"
}

static rapidjson::Document *kept;

int floor_rapid_read(const char *bytes, size_t count)
{
    auto *document = new rapidjson::Document;
    document->Parse(bytes, count);
    delete kept;
    kept = document;
    return document->HasParseError() ? -1 : 0;
}

size_t floor_rapid_write(void)
{
    rapidjson::StringBuffer room;
    rapidjson::Writer<rapidjson::StringBuffer> writer(room);
    kept->Accept(writer);
    return room.GetSize();
}
