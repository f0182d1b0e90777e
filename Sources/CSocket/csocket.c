#define _GNU_SOURCE
#include "CSocket.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

int csocket_wait(int descriptor, short events, int wake, int64_t timeout_ns) {
    struct pollfd polled[2] = {{descriptor, events, 0}, {wake, POLLIN, 0}};
    struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
    if (ppoll(polled, 2, timeout_ns < 0 ? NULL : &timeout, NULL) < 0) {
        return errno == EINTR ? 0 : -1;
    }
    return (polled[0].revents ? 1 : 0) | (polled[1].revents ? 2 : 0);
}

int csocket_event(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void csocket_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int64_t csocket_bytes_acknowledged(int descriptor) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 ||
        length < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked) {
        return -1;
    }
    return (int64_t)info.tcpi_bytes_acked;
}
