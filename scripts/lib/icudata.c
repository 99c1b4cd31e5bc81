/* An empty package of ICU's data, which stands for the 30 MB that a static program would hold otherwise.
 *
 * libxml2 as Debian builds it asks ICU about the encodings of documents that neither it knows by itself (UTF-8, UTF-16,
 * ISO-8859-1, ASCII) nor the C library does (all others that have a name). With this package ICU knows none, and such a document
 * is refused, as it is with all of ICU's tables.
 *
 * NAME is the symbol by which ICU finds its data, icudt72_dat in Debian 12; scripts/empty-icu-data finds it out.
 */
#include <stdint.h>

struct package {
    /* What all of ICU's data begins with: its own length, and two bytes that say what it is. */
    uint16_t header_size;
    uint8_t magic[2];
    /* The length of the description, and what is known of the machine: little endian, ASCII, two bytes a character. */
    uint16_t info_size, reserved_word;
    uint8_t is_big_endian, charset_family, size_of_character, reserved_byte;
    uint8_t format[4], format_version[4], data_version[4];
    uint8_t padding[8];
    /* A table of contents with pointers: no entries. */
    uint32_t count, reserved;
};

_Static_assert(sizeof(struct package) == 40, "the table follows the header");

extern const struct package NAME;
const struct package NAME __attribute__((aligned(16))) = {
    .header_size = 32, .magic = {0xda, 0x27}, .info_size = 20, .size_of_character = 2,
    .format = {'T', 'o', 'C', 'P'}, .format_version = {1},
};
