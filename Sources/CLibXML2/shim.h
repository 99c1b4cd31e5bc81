// libxml2's parser, as far as VMDomain uses it.
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
