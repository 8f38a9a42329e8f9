/* A disk that fails and forgets, for tests: loaded before a program (LD_PRELOAD), it looks at what the program does to the
 * files below a folder. It can make the n-th operation fail, and it can keep a journal of all of them, from which a test
 * works out what a power cut would have left.
 *
 * DTM_DISK_UNDER    the folder
 * DTM_DISK_HAND     a file of four 64-bit numbers, shared with the test: countdown (0: nothing fails), error number, whether
 *                   everything fails from then on, how many operations failed
 * DTM_DISK_JOURNAL  the journal; a record is: kind, file number, offset, length of name, length of data, name, data
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 4096
static struct { char *path; uint64_t file; } known[MOST];
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static const char *under;
static int64_t *hand;
static int journal = -1;

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    under = getenv("DTM_DISK_UNDER");
    const char *path = getenv("DTM_DISK_HAND");
    if (path) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR);
        void *at = fd < 0 ? MAP_FAILED : mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        hand = at == MAP_FAILED ? 0 : at;
    }
    path = getenv("DTM_DISK_JOURNAL");
    if (path) journal = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* SQLite's index of its log is memory, not a file: it is made anew. Only to open it can fail. */
static int is_index(const char *path) {
    size_t length = path ? strlen(path) : 0;
    return under && path && !strncmp(path, under, strlen(under)) && length > 4 && !strcmp(path + length - 4, "-shm");
}

static int is_ours(const char *path) {
    return under && path && !strncmp(path, under, strlen(under)) && !is_index(path);
}

/* Whether this operation is to fail. */
static int fails(void) {
    if (!hand || hand[0] <= 0) return 0;
    int64_t left = __atomic_sub_fetch(&hand[0], 1, __ATOMIC_SEQ_CST);
    if (left > 0) return 0;
    if (hand[2]) __atomic_store_n(&hand[0], 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&hand[3], 1, __ATOMIC_SEQ_CST);
    errno = (int)hand[1];
    return 1;
}

static void note(char kind, uint64_t file, uint64_t offset, const char *name, const void *data, uint64_t length) {
    if (journal < 0) return;
    int before = errno;
    uint64_t head[5] = {(uint64_t)kind, file, offset, name ? strlen(name) : 0, length};
    size_t size = sizeof head + head[3] + length;
    char *record = malloc(size);
    memcpy(record, head, sizeof head);
    if (name) memcpy(record + sizeof head, name, head[3]);
    if (length) memcpy(record + sizeof head + head[3], data, length);
    pthread_mutex_lock(&turn);
    for (size_t done = 0; done < size;) {
        long n = syscall(SYS_write, journal, record + done, size - done);
        if (n <= 0) abort();
        done += (size_t)n;
    }
    pthread_mutex_unlock(&turn);
    free(record);
    errno = before;
}

static void learn(int fd, const char *path, int flags) {
    struct stat state;
    if (fd < 0 || fd >= MOST || !is_ours(path) || fstat(fd, &state)) return;
    known[fd].file = state.st_ino;
    known[fd].path = strdup(path);
    if (flags & O_CREAT) note('C', state.st_ino, 0, path, 0, 0);
    if (flags & O_TRUNC) note('T', state.st_ino, 0, 0, 0, 0);
}

static int is_known(int fd) { return fd >= 0 && fd < MOST && known[fd].path; }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); int mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, int) : 0; va_end(rest); \
        if ((is_ours(path) || is_index(path)) && fails()) return -1; \
        int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode); \
        learn(fd, path, flags); \
        return fd; \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    REAL(close);
    if (is_known(fd)) { free(known[fd].path); known[fd].path = 0; }
    return real(fd);
}

ssize_t write(int fd, const void *data, size_t length) {
    REAL(write);
    if (!is_known(fd)) return real(fd, data, length);
    if (fails()) return -1;
    off_t at = lseek(fd, 0, SEEK_CUR);
    note('W', known[fd].file, (uint64_t)at, 0, data, length);
    return real(fd, data, length);
}

#define PWRITE(name, offset_t) \
    ssize_t name(int fd, const void *data, size_t length, offset_t at) { \
        REAL(name); \
        if (!is_known(fd)) return real(fd, data, length, at); \
        if (fails()) return -1; \
        note('W', known[fd].file, (uint64_t)at, 0, data, length); \
        return real(fd, data, length, at); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define SYNC(name) \
    int name(int fd) { \
        REAL(name); \
        if (!is_known(fd)) return real(fd); \
        if (fails()) return -1; \
        note('B', known[fd].file, 0, known[fd].path, 0, 0); \
        /* The journal tells what is durable; the real disk need not be kept busy. */ \
        int done = journal >= 0 ? 0 : real(fd); \
        if (!done) note('S', known[fd].file, 0, known[fd].path, 0, 0); \
        return done; \
    }
SYNC(fsync)
SYNC(fdatasync)

#define TRUNCATE(name, offset_t) \
    int name(int fd, offset_t length) { \
        REAL(name); \
        if (!is_known(fd)) return real(fd, length); \
        if (fails()) return -1; \
        note('T', known[fd].file, (uint64_t)length, 0, 0, 0); \
        return real(fd, length); \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

int rename(const char *from, const char *to) {
    REAL(rename);
    if (!is_ours(to)) return real(from, to);
    if (fails()) return -1;
    note('R', 0, 0, from, to, strlen(to));
    return real(from, to);
}

int unlink(const char *path) {
    REAL(unlink);
    if (!is_ours(path)) return real(path);
    if (fails()) return -1;
    note('U', 0, 0, path, 0, 0);
    return real(path);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    if (is_ours(path) && fails()) return -1;
    return real(path, mode);
}
