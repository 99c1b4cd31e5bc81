#include "floor.h"
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char NEGOTIATION[] = "{\"execute\":\"qmp_capabilities\",\"id\":0}";
static const char QUESTION[] = "{\"execute\":\"query-status\",\"id\":1}";

/// Reads until a line is complete that is no event; the room is large enough for what these commands answer.
static int answer(int socket, const char *word)
{
    char room[65536];
    size_t count = 0;
    for (;;) {
        char *end = memchr(room, '\n', count);
        if (end) {
            size_t length = (size_t)(end - room) + 1;
            int is_it = memmem(room, length, word, strlen(word)) != NULL;
            int is_event = memmem(room, length, "\"event\"", 7) != NULL;
            if (!is_event)
                return is_it ? 0 : -1;
            memmove(room, room + length, count - length);
            count -= length;
            continue;
        }
        ssize_t got = read(socket, room + count, sizeof room - count);
        if (got <= 0)
            return -1;
        count += (size_t)got;
    }
}

int floor_command(int socket, const char *command, size_t length)
{
    if (write(socket, command, length) != (ssize_t)length)
        return -1;
    return answer(socket, "\"return\"");
}

int floor_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -1;
    strcpy(address.sun_path, path);
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0)
        return -1;
    if (connect(file, (struct sockaddr *)&address, sizeof address) != 0 || answer(file, "\"QMP\"") != 0
        || floor_command(file, NEGOTIATION, sizeof NEGOTIATION - 1) != 0) {
        close(file);
        return -1;
    }
    return file;
}

int floor_session(const char *path)
{
    int file = floor_connect(path);
    if (file < 0)
        return -1;
    int result = floor_command(file, QUESTION, sizeof QUESTION - 1);
    shutdown(file, SHUT_WR);
    char room[4096];
    while (read(file, room, sizeof room) > 0)
        continue;
    close(file);
    return result;
}
