#define _GNU_SOURCE
#include "CSocket.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

// Older C libraries lack these of <linux/udp.h>.
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum { BATCH = 64 };

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

int csocket_watch_set(void) {
    return epoll_create1(EPOLL_CLOEXEC);
}

int csocket_watch(int set, int descriptor, uint32_t events, int is_new) {
    // The values of poll's and epoll's events are the same.
    struct epoll_event event = {.events = events, .data = {.fd = descriptor}};
    return epoll_ctl(set, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event);
}

void csocket_unwatch(int set, int descriptor) {
    struct epoll_event event = {0};
    epoll_ctl(set, EPOLL_CTL_DEL, descriptor, &event);
}

int csocket_watch_wait(int set, struct csocket_readiness *ready, int64_t timeout_ns) {
    // epoll's own timeout has milliseconds on older kernels; the set can itself be polled.
    int mask = csocket_wait(set, POLLIN, -1, timeout_ns);
    if (mask <= 0) {
        return mask;
    }
    struct epoll_event events[BATCH];
    int count = epoll_wait(set, events, BATCH, 0);
    if (count < 0) {
        return errno == EINTR ? 0 : -1;
    }
    for (int index = 0; index < count; index++) {
        ready[index].descriptor = events[index].data.fd;
        ready[index].events = events[index].events;
        ready[index].failed = (events[index].events & (EPOLLERR | EPOLLHUP)) != 0;
    }
    return count;
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

int64_t csocket_unanswered(int descriptor) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) {
        return 0;
    }
    // A peer that only does not read answers each probe of its window: then at most one is on its way.
    if (!(info.tcpi_unacked > 0 && info.tcpi_retransmits > 0) && info.tcpi_probes < 2) {
        return 0;
    }
    uint32_t data = info.tcpi_last_data_recv, acknowledgement = info.tcpi_last_ack_recv;
    return (int64_t)(data < acknowledgement ? data : acknowledgement) * 1000000;
}

int csocket_hear_echo_replies(int descriptor, int is_ipv6, uint16_t identifier) {
    // A raw socket's message begins with the IP header, of IPv6 with ICMP's: X is where ICMP's begins.
    struct sock_filter code[] = {
        is_ipv6 ? (struct sock_filter)BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 0)
                : (struct sock_filter)BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, is_ipv6 ? 129 : 0, 0, 3),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, identifier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

void csocket_size_buffers(int descriptor, int bytes) {
    // The forced variants need CAP_NET_ADMIN; without it the system's limit holds.
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
    if (setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) != 0) {
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    }
}

int csocket_enable_receive_offload(int descriptor) {
    int on = 1;
    return setsockopt(descriptor, SOL_UDP, UDP_GRO, &on, sizeof on);
}

void csocket_allow_fragments(int descriptor) {
    int mode = IP_PMTUDISC_DONT;
    setsockopt(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, &mode, sizeof mode);
    mode = IPV6_PMTUDISC_DONT;
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &mode, sizeof mode);
}

int64_t csocket_send_segments(
    int descriptor, const void *bytes, size_t length, uint16_t segment, const void *to, uint32_t to_length) {
    struct iovec piece = {(void *)bytes, length};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof segment)];
    struct msghdr message = {
        .msg_name = (void *)to, .msg_namelen = to_length, .msg_iov = &piece, .msg_iovlen = 1};
    if (length > segment) {
        memset(control, 0, sizeof control);
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_UDP;
        header->cmsg_type = UDP_SEGMENT;
        header->cmsg_len = CMSG_LEN(sizeof segment);
        memcpy(CMSG_DATA(header), &segment, sizeof segment);
    }
    return sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int csocket_send_datagrams(
    int descriptor, const void *bytes, size_t length, uint16_t segment, const void *to, uint32_t to_length) {
    struct mmsghdr messages[BATCH];
    struct iovec pieces[BATCH];
    unsigned count = 0;
    for (size_t offset = 0; offset < length && segment > 0 && count < BATCH; offset += segment, count++) {
        size_t rest = length - offset;
        pieces[count] = (struct iovec){(char *)bytes + offset, rest < segment ? rest : segment};
        messages[count].msg_hdr = (struct msghdr){
            .msg_name = (void *)to, .msg_namelen = to_length, .msg_iov = &pieces[count], .msg_iovlen = 1};
    }
    return sendmmsg(descriptor, messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int64_t csocket_receive_segments(
    int descriptor, void *bytes, size_t capacity, int *segment, void *from, uint32_t *from_length) {
    struct iovec piece = {bytes, capacity};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(int))];
    struct msghdr message = {
        .msg_name = from, .msg_namelen = sizeof(struct sockaddr_storage), .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control,
        .msg_controllen = sizeof control};
    ssize_t received = recvmsg(descriptor, &message, MSG_DONTWAIT);
    if (received < 0) {
        return -1;
    }
    *from_length = message.msg_namelen;
    *segment = (int)received;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == SOL_UDP && header->cmsg_type == UDP_GRO) {
            memcpy(segment, CMSG_DATA(header), sizeof *segment);
        }
    }
    return received;
}

int csocket_receive_datagrams(int descriptor, struct csocket_datagram *datagrams, unsigned count) {
    struct mmsghdr messages[BATCH];
    struct iovec pieces[BATCH];
    if (count > BATCH) {
        count = BATCH;
    }
    for (unsigned index = 0; index < count; index++) {
        pieces[index] = (struct iovec){datagrams[index].head, sizeof datagrams[index].head};
        messages[index].msg_hdr = (struct msghdr){
            .msg_name = datagrams[index].from, .msg_namelen = sizeof datagrams[index].from,
            .msg_iov = &pieces[index], .msg_iovlen = 1};
    }
    int received = recvmmsg(descriptor, messages, count, MSG_DONTWAIT | MSG_TRUNC, NULL);
    for (int index = 0; index < received; index++) {
        datagrams[index].length = messages[index].msg_len;
        datagrams[index].from_length = messages[index].msg_hdr.msg_namelen;
    }
    return received;
}
