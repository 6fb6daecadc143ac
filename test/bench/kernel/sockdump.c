/* The kernel's own cost of reading every TCP connection of one port with its tcp_info: the limit any scanner is measured against.
 *
 *   cc -O2 -o sockdump sockdump.c && ./sockdump PORT RUNS
 *
 * Prints one JSON line: connections and bytes of the last dump, median milliseconds and median CPU milliseconds of RUNS dumps.
 * Decodes nothing. */
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RECEIVE_BYTES = 1 << 18, RUNS_MAXIMUM = 1000, STATE_TIME_WAIT = 6, STATE_LISTEN = 10 };

struct dump_request {
  struct nlmsghdr header;
  struct inet_diag_req_v2 query;
  struct nlattr attribute;
  struct inet_diag_bc_op bytecode[4];
};

struct dump_size {
  long connections;
  long bytes;
};

static struct dump_request request_for(unsigned short port) {
  struct dump_request request;
  memset(&request, 0, sizeof request);
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.query.sdiag_family = AF_INET;
  request.query.sdiag_protocol = IPPROTO_TCP;
  request.query.idiag_states = ~0U & ~(1U << STATE_LISTEN) & ~(1U << STATE_TIME_WAIT);
  request.query.idiag_ext = 1 << (INET_DIAG_INFO - 1);
  request.attribute.nla_len = sizeof request.attribute + sizeof request.bytecode;
  request.attribute.nla_type = INET_DIAG_REQ_BYTECODE;
  /* source port >= port and <= port; four past the end rejects */
  request.bytecode[0] = (struct inet_diag_bc_op){INET_DIAG_BC_S_GE, 8, 20};
  request.bytecode[1].no = port;
  request.bytecode[2] = (struct inet_diag_bc_op){INET_DIAG_BC_S_LE, 8, 12};
  request.bytecode[3].no = port;
  return request;
}

/* One dump, received and walked; -1 connections when the kernel refuses. */
static struct dump_size dump(int descriptor, const struct dump_request *request) {
  static char buffer[RECEIVE_BYTES];
  struct dump_size size = {0, 0};
  if (send(descriptor, request, sizeof *request, 0) < 0) return (struct dump_size){-1, 0};
  for (;;) {
    ssize_t length = recv(descriptor, buffer, sizeof buffer, 0);
    if (length <= 0) return (struct dump_size){-1, 0};
    size.bytes += length;
    size_t left = (size_t)length;
    for (struct nlmsghdr *message = (void *)buffer; NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_ERROR) return (struct dump_size){-1, 0};
      if (message->nlmsg_type == NLMSG_DONE) return size;
      size.connections++;
    }
  }
}

static double now_ms(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int ascending(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

int main(int argc, char **argv) {
  static double wall_ms[RUNS_MAXIMUM];
  static double cpu_ms[RUNS_MAXIMUM];
  if (argc != 3) {
    fprintf(stderr, "usage: sockdump PORT RUNS\n");
    return 2;
  }
  int runs = atoi(argv[2]);
  if (runs < 1 || runs > RUNS_MAXIMUM) runs = RUNS_MAXIMUM;
  struct dump_request request = request_for((unsigned short)atoi(argv[1]));
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  struct dump_size size = {0, 0};
  for (int run = 0; run < runs; run++) {
    double wall_started = now_ms(CLOCK_MONOTONIC);
    double cpu_started = now_ms(CLOCK_PROCESS_CPUTIME_ID);
    size = dump(descriptor, &request);
    cpu_ms[run] = now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu_started;
    wall_ms[run] = now_ms(CLOCK_MONOTONIC) - wall_started;
    if (size.connections < 0) {
      perror("sock_diag");
      return 1;
    }
  }
  close(descriptor);
  qsort(wall_ms, (size_t)runs, sizeof *wall_ms, ascending);
  qsort(cpu_ms, (size_t)runs, sizeof *cpu_ms, ascending);
  printf("{\"connections\":%ld,\"bytes\":%ld,\"medianMs\":%.3f,\"medianCpuMs\":%.3f}\n",
         size.connections, size.bytes, wall_ms[runs / 2], cpu_ms[runs / 2]);
  return 0;
}
