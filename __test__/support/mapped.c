// An addon that keeps memory which it shares with others, and writes to it when it is called or when an object of its is
// collected. Knows the few functions of Node-API that it needs by their declarations: no header has to be there.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

typedef struct env__ *env_t;
typedef struct value__ *value_t;
typedef struct info__ *info_t;
typedef value_t (*callback)(env_t, info_t);
typedef void (*finalizer)(env_t, void *data, void *hint);
int napi_get_cb_info(env_t, info_t, size_t *count, value_t *args, value_t *self, void **data);
int napi_get_value_string_utf8(env_t, value_t, char *, size_t, size_t *);
int napi_get_value_int64(env_t, value_t, int64_t *);
int napi_create_function(env_t, const char *, size_t, callback, void *, value_t *);
int napi_set_named_property(env_t, value_t, const char *, value_t);
int napi_create_external(env_t, void *, finalizer, void *hint, value_t *);
int napi_get_value_external(env_t, value_t, void **);
int napi_create_uint32(env_t, uint32_t, value_t *);

struct mapping {
  unsigned char *place;
  size_t bytes;
  char other[4096];
  int is_readable;
};

static void write_to(struct mapping *m) {
  if (m->is_readable) mprotect(m->place, m->bytes, PROT_READ | PROT_WRITE);
  for (size_t at = 0; at < m->bytes; at += 4096) m->place[at] = 0xee;
  msync(m->place, m->bytes, MS_SYNC);
  int fd = open(m->other, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd >= 0) {
    write(fd, "written", 7);
    close(fd);
  }
}

static void collected(env_t env, void *data, void *hint) { write_to(data); }

// map(kind, file, bytes, other): 'file', 'readable' (the file, not writable), 'anonymous', 'memfd', 'sysv'. An external.
// `other` is a file that is replaced whenever there is written to the memory.
static value_t map(env_t env, info_t info) {
  size_t count = 4;
  value_t args[4], made;
  char kind[32] = "", file[4096] = "";
  int64_t bytes = 0;
  napi_get_cb_info(env, info, &count, args, NULL, NULL);
  napi_get_value_string_utf8(env, args[0], kind, sizeof kind, NULL);
  napi_get_value_string_utf8(env, args[1], file, sizeof file, NULL);
  napi_get_value_int64(env, args[2], &bytes);
  struct mapping *m = calloc(1, sizeof *m);
  napi_get_value_string_utf8(env, args[3], m->other, sizeof m->other, NULL);
  int both = PROT_READ | PROT_WRITE, fd = -1;
  m->bytes = bytes;
  m->is_readable = !strcmp(kind, "readable");
  if (!strcmp(kind, "sysv")) {
    int id = shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);
    m->place = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
  } else if (!strcmp(kind, "anonymous")) {
    m->place = mmap(NULL, bytes, both, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  } else {
    fd = strcmp(kind, "memfd") ? open(file, O_RDWR) : memfd_create("mapped", 0);
    if (!strcmp(kind, "memfd")) ftruncate(fd, bytes);
    m->place = mmap(NULL, bytes, m->is_readable ? PROT_READ : both, MAP_SHARED, fd, 0);
    close(fd);
  }
  if (m->place == MAP_FAILED || m->place == (void *)-1) return NULL;
  napi_create_external(env, m, collected, NULL, &made);
  return made;
}

static struct mapping *first(env_t env, info_t info) {
  size_t count = 1;
  value_t arg;
  struct mapping *m = NULL;
  napi_get_cb_info(env, info, &count, &arg, NULL, NULL);
  napi_get_value_external(env, arg, (void **)&m);
  return m;
}

// Another external of the same memory.
static value_t again(env_t env, info_t info) {
  value_t made;
  napi_create_external(env, first(env, info), collected, NULL, &made);
  return made;
}

static value_t store(env_t env, info_t info) {
  write_to(first(env, info));
  return NULL;
}

// How many pages of it do not begin with zero.
static value_t changed(env_t env, info_t info) {
  struct mapping *m = first(env, info);
  uint32_t pages = 0;
  value_t told;
  for (size_t at = 0; at < m->bytes; at += 4096) pages += m->place[at] != 0;
  napi_create_uint32(env, pages, &told);
  return told;
}

value_t napi_register_module_v1(env_t env, value_t exports) {
  struct { const char *name; callback call; } all[] = {{"map", map}, {"again", again}, {"store", store}, {"changed", changed}};
  for (int i = 0; i < 4; i++) {
    value_t made;
    napi_create_function(env, all[i].name, strlen(all[i].name), all[i].call, NULL, &made);
    napi_set_named_property(env, exports, all[i].name, made);
  }
  return exports;
}

// "Experimental": finalizers run within the collection, and not when the event loop comes to them, which it never does in
// a copy.
int32_t node_api_module_get_api_version_v1(void) { return 2147483647; }
