// libxml2's parser and its XPath, as far as VMDomain uses them.
#include <libxml/xmlversion.h>
// Foundation brings an ICU of its own; two of them in one module graph contradict each other. libxml2's headers need
// ICU's only for fields of a structure that isn't used here.
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <libxml/tree.h>
#include <libxml/xpath.h>
