// A QMP server without a machine behind it, for what real QEMU can't do: serve many clients, or emit events as quickly as
// one likes.
//
//     peer PATH                every client gets a greeting and {"return":{}} for whatever it sends
//     peer PATH RATE COUNT     the same; the command "flood" starts COUNT events to its client, RATE a second
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const char GREETING[] = "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, \"major\": 7}, "
                               "\"package\": \"\"}, \"capabilities\": [\"oob\"]}}\r\n";

static void say(int client, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t sent = write(client, text, length);
        if (sent <= 0)
            exit(0);
        text += sent;
        length -= (size_t)sent;
    }
}

static void flood(int client, long rate, long count)
{
    struct timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (long sent = 0; sent < count;) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        double seconds = (double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9;
        for (long due = (long)(seconds * (double)rate); sent < due && sent < count; sent++) {
            char line[256];
            int length = snprintf(line, sizeof line,
                                  "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"NUMBER\", "
                                  "\"data\": {\"number\": %ld}}\r\n", sent);
            say(client, line, (size_t)length);
        }
        usleep(200);
    }
}

static void serve(int client, long rate, long count)
{
    char room[4096];
    ssize_t got = read(client, room, sizeof room);
    if (got <= 0) {
        close(client);
        return;
    }
    // One command at a time, with an id at its end: what the clients measured here send.
    int wants_flood = memmem(room, (size_t)got, "\"flood\"", 7) != NULL;
    if (wants_flood)
        flood(client, rate, count);
    char *id = memmem(room, (size_t)got, "\"id\":", 5), line[128];
    int length = snprintf(line, sizeof line, "{\"return\": {}, \"id\": %ld}\r\n", id ? strtol(id + 5, NULL, 10) : 0);
    say(client, line, (size_t)length);
}

int main(int count, char **words)
{
    if (count != 2 && count != 4)
        return 2;
    struct rlimit limit = {8192, 8192};
    setrlimit(RLIMIT_NOFILE, &limit);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", words[1]);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), poller = epoll_create1(0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0)
        return 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        if (epoll_wait(poller, &event, 1, -1) != 1)
            continue;
        if (event.data.fd != listener) {
            serve(event.data.fd, count == 4 ? atol(words[2]) : 0, count == 4 ? atol(words[3]) : 0);
            continue;
        }
        int client = accept(listener, NULL, NULL);
        if (client < 0)
            continue;
        struct epoll_event watch = {.events = EPOLLIN, .data.fd = client};
        epoll_ctl(poller, EPOLL_CTL_ADD, client, &watch);
        say(client, GREETING, sizeof GREETING - 1);
    }
}
