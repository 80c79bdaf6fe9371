/* The limit: C on libzmq itself. Roles and output as side.ts has them: native_side ROLE ENDPOINT BYTES MS IN_FLIGHT.
 * Debian's libzmq5 ships no header; what is used of it is declared here. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern void *zmq_ctx_new(void);
extern void *zmq_socket(void *context, int type);
extern int zmq_bind(void *socket, const char *endpoint);
extern int zmq_connect(void *socket, const char *endpoint);
extern int zmq_send(void *socket, const void *body, size_t size, int flags);
extern int zmq_recv(void *socket, void *body, size_t size, int flags);
extern int zmq_getsockopt(void *socket, int option, void *value, size_t *size);

enum { REQ = 3, REP = 4, DEALER = 5, ROUTER = 6, PULL = 7, PUSH = 8 };
enum { LAST_ENDPOINT = 32 };
enum { SNDMORE = 2 };
#define MAX_SAMPLES 1000000

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
  return (left > right) - (left < right);
}

static void *open_socket(void *context, int type, int binds, const char *endpoint) {
  void *socket = zmq_socket(context, type);
  if ((binds ? zmq_bind(socket, endpoint) : zmq_connect(socket, endpoint)) != 0) exit(1);
  char actual[256];
  size_t size = sizeof actual;
  zmq_getsockopt(socket, LAST_ENDPOINT, actual, &size);
  printf("{\"ready\":true,\"endpoint\":\"%s\"}\n", binds ? actual : endpoint);
  fflush(stdout);
  return socket;
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  const char *role = argv[1];
  size_t bytes = strtoul(argv[3], NULL, 10);
  int64_t span_ns = strtoll(argv[4], NULL, 10) * 1000000, warm_up_ns = span_ns / 2;
  int in_flight = atoi(argv[5]);
  void *context = zmq_ctx_new();
  char *body = calloc(1, bytes + 256), id[256];
  int64_t count = 0, start = 0;
  if (strcmp(role, "push") == 0) {
    void *push = open_socket(context, PUSH, 0, argv[2]);
    for (;;) zmq_send(push, body, bytes, 0);
  } else if (strcmp(role, "pull") == 0) {
    void *pull = open_socket(context, PULL, 1, argv[2]);
    zmq_recv(pull, body, bytes, 0);
    int64_t begin = now_ns();
    for (;;) {
      zmq_recv(pull, body, bytes, 0);
      count++;
      if ((count & 63) != 0) continue;
      int64_t now = now_ns();
      if (start == 0 && now - begin >= warm_up_ns) start = now, count = 0;
      if (start != 0 && now - start >= span_ns) {
        printf("{\"messages\":%lld,\"ns\":%lld}\n", (long long)count, (long long)(now - start));
        return 0;
      }
    }
  } else if (strcmp(role, "rep") == 0) {
    void *rep = open_socket(context, REP, 1, argv[2]);
    for (;;) zmq_send(rep, body, (size_t)zmq_recv(rep, body, bytes, 0), 0);
  } else if (strcmp(role, "req") == 0) {
    void *req = open_socket(context, REQ, 0, argv[2]);
    int64_t *samples = malloc(MAX_SAMPLES * sizeof *samples), begin = now_ns();
    for (int64_t at = begin; at - begin < warm_up_ns + span_ns && count < MAX_SAMPLES;) {
      zmq_send(req, body, bytes, 0);
      zmq_recv(req, body, bytes, 0);
      int64_t now = now_ns();
      if (now - begin > warm_up_ns) samples[count++] = now - at;
      at = now;
    }
    qsort(samples, (size_t)count, sizeof *samples, ascending);
    printf("{\"messages\":%lld,\"p50\":%lld,\"p99\":%lld}\n", (long long)count, (long long)samples[count / 2],
           (long long)samples[count * 99 / 100]);
  } else if (strcmp(role, "router") == 0) {
    void *router = open_socket(context, ROUTER, 1, argv[2]);
    for (;;) {
      int id_size = zmq_recv(router, id, sizeof id, 0);
      int size = zmq_recv(router, body, bytes, 0);
      zmq_send(router, id, (size_t)id_size, SNDMORE);
      zmq_send(router, body, (size_t)size, 0);
    }
  } else if (strcmp(role, "dealer") == 0) {
    void *dealer = open_socket(context, DEALER, 0, argv[2]);
    for (int i = 0; i < in_flight; i++) zmq_send(dealer, body, bytes, 0);
    for (int64_t begin = now_ns();;) {
      zmq_recv(dealer, body, bytes, 0);
      zmq_send(dealer, body, bytes, 0);
      count++;
      if ((count & 63) != 0) continue;
      int64_t now = now_ns();
      if (start == 0 && now - begin >= warm_up_ns) start = now, count = 0;
      if (start != 0 && now - start >= span_ns) {
        printf("{\"messages\":%lld,\"ns\":%lld}\n", (long long)count, (long long)(now - start));
        return 0;
      }
    }
  }
  return 0;
}
