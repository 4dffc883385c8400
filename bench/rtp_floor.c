/* The floor: the least code that moves the same RTP packets as the server, as the measure of what a kernel costs.
 *
 *   rtp_floor HOST BASE_PORT LEGS echo|forward
 *
 * One epoll loop over one connected UDP socket per leg at BASE_PORT + 2 i. "echo" returns every packet to its sender: a leg
 * that receives 50 packets a second and plays 50. "forward" passes packets between legs 2 k and 2 k + 1: a bridged call.
 * Each socket is connected to the first address that sends to it. Ends when standard input closes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_LEGS 4096

static int sockets[MAX_LEGS], connected[MAX_LEGS];

int main(int argc, char **argv) {
    int legs = argc == 5 ? atoi(argv[3]) : 0, forward = argc == 5 && !strcmp(argv[4], "forward");
    if (legs < 1 || legs > MAX_LEGS) {
        fprintf(stderr, "usage: rtp_floor HOST BASE_PORT LEGS echo|forward\n");
        return 2;
    }
    struct rlimit files = {65536, 65536};
    setrlimit(RLIMIT_NOFILE, &files);
    int epoll = epoll_create1(0);
    for (int i = 0; i < legs; i++) {
        struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]) + 2 * i)};
        inet_pton(AF_INET, argv[1], &here.sin_addr);
        sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (sockets[i] < 0 || bind(sockets[i], (struct sockaddr *)&here, sizeof here)) {
            fprintf(stderr, "port %d: %s\n", atoi(argv[2]) + 2 * i, strerror(errno));
            return 1;
        }
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i], &event);
    }
    struct epoll_event input = {.events = EPOLLIN, .data.u32 = MAX_LEGS};
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input);
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[256];
        unsigned char packet[2048];
        int count = epoll_wait(epoll, events, 256, -1);
        for (int e = 0; e < count; e++) {
            unsigned leg = events[e].data.u32;
            if (leg == MAX_LEGS) {
                if (read(0, packet, sizeof packet) <= 0) return 0;
                continue;
            }
            ssize_t size;
            if (!connected[leg]) {
                struct sockaddr_in from;
                socklen_t length = sizeof from;
                size = recvfrom(sockets[leg], packet, sizeof packet, 0, (struct sockaddr *)&from, &length);
                if (size > 0) connected[leg] = !connect(sockets[leg], (struct sockaddr *)&from, length);
            } else {
                size = recv(sockets[leg], packet, sizeof packet, 0);
            }
            unsigned to = forward ? leg ^ 1 : leg;
            if (size > 0 && to < (unsigned)legs && connected[to]) (void)!send(sockets[to], packet, size, 0);
        }
    }
}
