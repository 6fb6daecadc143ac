/*
 * A C program that does its work over ZeroMQ while Brinescope sees its connections.
 *
 *     cc -O2 -o monitor_tap monitor_tap.c -lzmq -lpthread
 *     ./monitor_tap tcp://127.0.0.1:4510 [REQUESTS]
 *
 * Copy forward_monitor() and struct forwarder into your program; main() shows how they are used.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

/* Events that may wait for the exporter. Above it new ones are lost; nothing of yours waits. */
enum { SEND_HIGH_WATER_MARK = 100 };
/* An exporter that is away is looked for every second at first, every half minute later. */
enum { RECONNECT_INTERVAL_MS = 1000, RECONNECT_INTERVAL_MAX_MS = 30000 };
/* What libzmq gets to send the last event before the forwarder closes; your end waits so long. */
enum { FLUSH_NANOSECONDS = 20000000 };

struct forwarder {
  const char *name; /* "program" or "program/socket", at most 64 bytes */
  void *monitor;
  void *push;
  pthread_t thread;
};

/* Passes one frame on. `more` is ZMQ_SNDMORE or 0. The frame is consumed either way. */
static int pass_on(void *push, zmq_msg_t *frame, int more)
{
  int sent = zmq_msg_send(frame, push, ZMQ_DONTWAIT | more);
  if (sent < 0)
    zmq_msg_close(frame);
  return sent;
}

static void *forward(void *argument)
{
  struct forwarder *self = argument;
  uint16_t event = 0;

  while (event != ZMQ_EVENT_MONITOR_STOPPED) {
    zmq_msg_t number, address;

    /* Read at once, passed on or not: libzmq waits for a monitor that nobody reads. */
    zmq_msg_init(&number);
    if (zmq_msg_recv(&number, self->monitor, 0) < 0)
      break; /* ETERM: the context is terminated */
    zmq_msg_init(&address);
    if (zmq_msg_recv(&address, self->monitor, 0) < 0) {
      zmq_msg_close(&number);
      break;
    }
    memcpy(&event, zmq_msg_data(&number), sizeof event);

    /* A message that cannot be queued at once is lost whole, and that is the bargain. */
    const int flags = ZMQ_DONTWAIT | ZMQ_SNDMORE;
    if (zmq_send(self->push, self->name, strlen(self->name), flags) < 0) {
      zmq_msg_close(&number);
      zmq_msg_close(&address);
      continue;
    }
    pass_on(self->push, &number, ZMQ_SNDMORE);
    pass_on(self->push, &address, 0);
  }
  if (event == ZMQ_EVENT_MONITOR_STOPPED) {
    const struct timespec flush = {.tv_nsec = FLUSH_NANOSECONDS};
    nanosleep(&flush, NULL);
  }
  zmq_close(self->monitor);
  zmq_close(self->push);
  return NULL;
}

/*
 * Starts forwarding the events of `socket` to the tap at `endpoint`. Call it before you connect or
 * bind, in the thread that owns the socket. Its thread ends by itself when the socket is closed or
 * the context is terminated; join it before the context goes, or the last events are lost. Returns
 * 0, or -1 with errno: then nothing is forwarded, and your socket works as before.
 */
static int forward_monitor(struct forwarder *self, void *context, void *socket,
                           const char *endpoint)
{
  const int linger = 0, high_water_mark = SEND_HIGH_WATER_MARK;
  const int interval = RECONNECT_INTERVAL_MS, interval_max = RECONNECT_INTERVAL_MAX_MS;
  char inproc[64];

  snprintf(inproc, sizeof inproc, "inproc://brinescope-%p", socket);
  self->monitor = zmq_socket(context, ZMQ_PAIR);
  self->push = zmq_socket(context, ZMQ_PUSH);
  if (self->monitor == NULL || self->push == NULL)
    goto failed;
  zmq_setsockopt(self->monitor, ZMQ_LINGER, &linger, sizeof linger);
  zmq_setsockopt(self->push, ZMQ_LINGER, &linger, sizeof linger); /* never wait at exit */
  zmq_setsockopt(self->push, ZMQ_SNDHWM, &high_water_mark, sizeof high_water_mark);
  zmq_setsockopt(self->push, ZMQ_RECONNECT_IVL, &interval, sizeof interval);
  zmq_setsockopt(self->push, ZMQ_RECONNECT_IVL_MAX, &interval_max, sizeof interval_max);
  if (zmq_socket_monitor(socket, inproc, ZMQ_EVENT_ALL) != 0)
    goto failed;
  if (zmq_connect(self->monitor, inproc) != 0 || zmq_connect(self->push, endpoint) != 0 ||
      pthread_create(&self->thread, NULL, forward, self) != 0) {
    zmq_socket_monitor(socket, NULL, 0);
    goto failed;
  }
  return 0;

failed:
  if (self->monitor != NULL)
    zmq_close(self->monitor);
  if (self->push != NULL)
    zmq_close(self->push);
  return -1;
}

/* The program's own work: a server that echoes until an empty message ends it. */
static void *serve(void *server)
{
  char buffer[32];
  int length;

  do {
    length = zmq_recv(server, buffer, sizeof buffer, 0);
    if (length >= 0)
      zmq_send(server, buffer, (size_t)length, 0);
  } while (length > 0 || (length < 0 && errno == EINTR));
  zmq_close(server);
  return NULL;
}

int main(int count, char **arguments)
{
  struct forwarder watch_server = {.name = "c-example/server"};
  struct forwarder watch_client = {.name = "c-example/client"};
  char endpoint[256], message[32], reply[32];
  size_t endpoint_size = sizeof endpoint;
  pthread_t serving;
  int requests, answered = 0;

  if (count < 2) {
    fprintf(stderr, "usage: %s TAP_ENDPOINT [REQUESTS]\n", arguments[0]);
    return 2;
  }
  requests = count > 2 ? atoi(arguments[2]) : 1000;

  void *context = zmq_ctx_new();
  void *server = zmq_socket(context, ZMQ_REP);
  void *client = zmq_socket(context, ZMQ_REQ);
  int server_watched = forward_monitor(&watch_server, context, server, arguments[1]) == 0;
  int client_watched = forward_monitor(&watch_client, context, client, arguments[1]) == 0;

  if (zmq_bind(server, "tcp://127.0.0.1:*") != 0 ||
      zmq_getsockopt(server, ZMQ_LAST_ENDPOINT, endpoint, &endpoint_size) != 0 ||
      zmq_connect(client, endpoint) != 0 || pthread_create(&serving, NULL, serve, server) != 0) {
    fprintf(stderr, "%s: %s\n", arguments[0], zmq_strerror(errno));
    return 1;
  }
  for (int number = 0; number < requests; number++) {
    int length = snprintf(message, sizeof message, "%d", number);
    zmq_send(client, message, (size_t)length, 0);
    int received = zmq_recv(client, reply, sizeof reply, 0);
    answered += received == length && memcmp(message, reply, (size_t)length) == 0;
  }
  zmq_send(client, "", 0, 0);
  zmq_recv(client, reply, sizeof reply, 0);
  zmq_close(client);
  pthread_join(serving, NULL);
  if (server_watched)
    pthread_join(watch_server.thread, NULL);
  if (client_watched)
    pthread_join(watch_client.thread, NULL);
  zmq_ctx_term(context);
  printf("%d of %d requests answered\n", answered, requests);
  return answered == requests ? 0 : 1;
}
