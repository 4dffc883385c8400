/* RTP load: N legs that each send 50 packets a second and time what comes back.
 *
 *   rtp_load HOST BASE_PORT LEGS
 *
 * Leg i is bound to BASE_PORT + 2 i. Commands on standard input, one per line:
 *   leg I HOST PORT PT    send to this address from now on
 *   stop I                send no more
 *   digit I CODE          press a key: RFC 4733, 100 ms, payload type 101
 *   mark                  forget all counts
 *   report                print one line of JSON
 *   quit
 * Arrival times are the kernel's (SO_TIMESTAMPNS), so this program's own scheduling does not count as the server's.
 * Spacing is measured per leg between consecutive packets with consecutive sequence numbers, as deviation from 20 ms.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_LEGS 4096
#define BUCKET_US 50
#define BUCKETS 4000 /* up to 200 ms */
#define PAYLOAD 160

struct leg {
    int fd, sending, payload_type, event_code, event_step, marker, seen;
    struct sockaddr_in to;
    uint16_t sequence, last_sequence;
    uint32_t timestamp, ssrc, last_ssrc, event_timestamp;
    int64_t last_arrival;
    uint64_t sent, received, lost;
};

static struct leg legs[MAX_LEGS];
static int leg_count;
static uint64_t histogram[BUCKETS + 1], send_errors;
static int64_t worst_ns;

static void emit(struct leg *leg, int type, int marker, uint32_t timestamp, const unsigned char *payload, int size) {
    unsigned char packet[12 + PAYLOAD];
    packet[0] = 0x80;
    packet[1] = (unsigned char)((marker << 7) | type);
    packet[2] = leg->sequence >> 8;
    packet[3] = leg->sequence & 255;
    uint32_t words[2] = {htonl(timestamp), htonl(leg->ssrc)};
    memcpy(packet + 4, words, 8);
    memcpy(packet + 12, payload, size);
    leg->sequence++;
    leg->sent++;
    if (sendto(leg->fd, packet, 12 + size, 0, (struct sockaddr *)&leg->to, sizeof leg->to) < 0) send_errors++;
}

static void send_due(struct leg *leg) {
    static unsigned char tone[PAYLOAD];
    if (!tone[0]) for (int i = 0; i < PAYLOAD; i++) tone[i] = (i / 8) & 1 ? 0x34 : 0xB4; /* 500 Hz square, A-law */
    if (leg->event_step) {
        int last = leg->event_step >= 5;
        unsigned duration = leg->event_step * 160;
        unsigned char event[4] = {leg->event_code, last ? 0x8A : 0x0A, duration >> 8, duration & 255};
        if (leg->event_step == 1) leg->event_timestamp = leg->timestamp;
        for (int copy = 0; copy < (last ? 3 : 1); copy++)
            emit(leg, 101, leg->event_step == 1, leg->event_timestamp, event, 4);
        leg->event_step = last ? 0 : leg->event_step + 1;
        if (last) leg->marker = 1;
    } else {
        emit(leg, leg->payload_type, leg->marker, leg->timestamp, tone, PAYLOAD);
        leg->marker = 0;
    }
    leg->timestamp += PAYLOAD;
}

static void receive(struct leg *leg) {
    unsigned char packet[2048], control[128];
    struct iovec part = {packet, sizeof packet};
    for (;;) {
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        ssize_t size = recvmsg(leg->fd, &message, MSG_DONTWAIT);
        if (size < 0) {
            if (errno == ECONNREFUSED) continue;
            return;
        }
        if (size < 12 || packet[0] >> 6 != 2 || (packet[1] >= 192 && packet[1] <= 223)) continue;
        int64_t arrival = 0;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
            if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
                struct timespec when;
                memcpy(&when, CMSG_DATA(c), sizeof when);
                arrival = when.tv_sec * 1000000000LL + when.tv_nsec;
            }
        uint16_t sequence = packet[2] << 8 | packet[3];
        uint32_t ssrc;
        memcpy(&ssrc, packet + 8, 4);
        leg->received++;
        int16_t step = (int16_t)(sequence - leg->last_sequence);
        if (leg->seen && ssrc == leg->last_ssrc) {
            if (step > 1) leg->lost += step - 1;
            if (step == 1 && !(packet[1] & 0x80)) { /* A marker starts a talk spurt: no spacing across it. */
                int64_t off = llabs(arrival - leg->last_arrival - 20000000LL);
                int64_t bucket = off / (BUCKET_US * 1000);
                histogram[bucket < BUCKETS ? bucket : BUCKETS]++;
                if (off > worst_ns) worst_ns = off;
            }
        }
        if (!leg->seen || ssrc != leg->last_ssrc || step > 0) leg->last_sequence = sequence, leg->last_arrival = arrival;
        leg->seen = 1;
        leg->last_ssrc = ssrc;
    }
}

static double percentile(double share) {
    uint64_t total = 0, sum = 0;
    for (int i = 0; i <= BUCKETS; i++) total += histogram[i];
    if (!total) return 0;
    for (int i = 0; i <= BUCKETS; i++)
        if ((sum += histogram[i]) >= share * total) return (i + 1) * BUCKET_US / 1000.0;
    return BUCKETS * BUCKET_US / 1000.0;
}

static void report(void) {
    uint64_t sent = 0, received = 0, lost = 0, hearing = 0;
    for (int i = 0; i < leg_count; i++) {
        sent += legs[i].sent;
        received += legs[i].received;
        lost += legs[i].lost;
        hearing += legs[i].received > 0;
    }
    printf("{\"sent\": %lu, \"received\": %lu, \"lost\": %lu, \"legs_hearing\": %lu, \"send_errors\": %lu, "
           "\"spacing_p50_ms\": %.2f, \"spacing_p95_ms\": %.2f, \"spacing_p99_ms\": %.2f, \"spacing_max_ms\": %.2f}\n",
           sent, received, lost, hearing, send_errors, percentile(0.5), percentile(0.95), percentile(0.99),
           worst_ns / 1e6);
    fflush(stdout);
}

static void command(char *line) {
    int i, port, type;
    char host[64];
    if (sscanf(line, "leg %d %63s %d %d", &i, host, &port, &type) == 4 && i >= 0 && i < leg_count) {
        struct leg *leg = &legs[i];
        leg->to.sin_family = AF_INET;
        leg->to.sin_port = htons(port);
        inet_pton(AF_INET, host, &leg->to.sin_addr);
        leg->payload_type = type;
        leg->sending = leg->marker = 1;
        leg->event_step = leg->seen = 0;
        leg->ssrc += 4096;
    } else if (sscanf(line, "stop %d", &i) == 1 && i >= 0 && i < leg_count) {
        legs[i].sending = legs[i].seen = 0;
    } else if (sscanf(line, "digit %d %d", &i, &type) == 2 && i >= 0 && i < leg_count) {
        legs[i].event_code = type;
        legs[i].event_step = 1;
    } else if (!strncmp(line, "mark", 4)) {
        for (i = 0; i < leg_count; i++) legs[i].sent = legs[i].received = legs[i].lost = legs[i].seen = 0;
        memset(histogram, 0, sizeof histogram);
        worst_ns = 0;
        send_errors = 0;
    } else if (!strncmp(line, "report", 6)) {
        report();
    } else if (!strncmp(line, "quit", 4)) {
        exit(0);
    }
}

int main(int argc, char **argv) {
    if (argc != 4 || (leg_count = atoi(argv[3])) > MAX_LEGS) {
        fprintf(stderr, "usage: rtp_load HOST BASE_PORT LEGS (at most %d)\n", MAX_LEGS);
        return 2;
    }
    struct rlimit files = {65536, 65536};
    setrlimit(RLIMIT_NOFILE, &files);
    int epoll = epoll_create1(0), on = 1;
    for (int i = 0; i < leg_count; i++) {
        struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]) + 2 * i)};
        inet_pton(AF_INET, argv[1], &here.sin_addr);
        legs[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        setsockopt(legs[i].fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
        if (legs[i].fd < 0 || bind(legs[i].fd, (struct sockaddr *)&here, sizeof here)) {
            fprintf(stderr, "port %d: %s\n", atoi(argv[2]) + 2 * i, strerror(errno));
            return 1;
        }
        legs[i].ssrc = 1000 + i;
        legs[i].timestamp = 160 * i;
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(epoll, EPOLL_CTL_ADD, legs[i].fd, &event);
    }
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec every = {{0, 1000000}, {0, 1000000}};
    timerfd_settime(timer, 0, &every, NULL);
    struct epoll_event tick = {.events = EPOLLIN, .data.u32 = MAX_LEGS}, input = {.events = EPOLLIN, .data.u32 = MAX_LEGS + 1};
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &tick);
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input);
    fcntl(0, F_SETFL, O_NONBLOCK);
    printf("ready\n");
    fflush(stdout);
    char pending[65536];
    size_t filled = 0;
    uint64_t now = 0;
    for (;;) {
        struct epoll_event events[256];
        int count = epoll_wait(epoll, events, 256, -1);
        for (int e = 0; e < count; e++) {
            uint32_t which = events[e].data.u32;
            if (which < MAX_LEGS) {
                receive(&legs[which]);
            } else if (which == MAX_LEGS) {
                uint64_t ticks = 0;
                if (read(timer, &ticks, sizeof ticks) != sizeof ticks) continue;
                for (; ticks; ticks--, now++) /* Legs are spread over the 20 ms. */
                    for (int i = now % 20; i < leg_count; i += 20)
                        if (legs[i].sending) send_due(&legs[i]);
            } else {
                ssize_t size = read(0, pending + filled, sizeof pending - filled - 1);
                if (size == 0) return 0;
                if (size < 0) continue;
                filled += size;
                pending[filled] = 0;
                char *start = pending, *end;
                while ((end = strchr(start, '\n'))) {
                    *end = 0;
                    command(start);
                    start = end + 1;
                }
                filled = strlen(start);
                memmove(pending, start, filled);
            }
        }
    }
}
