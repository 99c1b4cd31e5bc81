#include "bare.h"
#include <libxml/parser.h>

int bare_read(const char *bytes, size_t count) {
    xmlDocPtr document = xmlReadMemory(bytes, (int)count, "bench.xml", NULL, XML_PARSE_NONET);
    if (!document) return -1;
    xmlFreeDoc(document);
    return 0;
}
